"""The bytes on their way out: HEAD, ranges, caches; and bytes that are not there any more (79)."""

from __future__ import annotations

import hashlib
import http.client
import logging
import threading
import urllib.parse

import pytest
from werkzeug.serving import make_server

from flask_support_tickets.current import current_tickets
from flask_support_tickets.services.uploads import store_path
from tests.browser.serving import Quiet

from .clients import MULTIPART, UPLOADS, Client, multipart
from .samples import noise_of, picture

DATA = noise_of(200_000).hex().encode()  # several reads long
SIZE = len(DATA)
ETAG = f'"{hashlib.sha256(DATA).hexdigest()}"'


@pytest.fixture(params=["disk", "memory"])
def host_config(request, tmp_path):
    where = {"disk": f"file://{tmp_path / 'files'}", "memory": f"memory://{tmp_path}"}
    return {"SUPPORT_TICKETS_STORAGE": where[request.param]}


@pytest.fixture
def client(client_of, alice):
    return client_of(alice)


@pytest.fixture
def url(client):
    return upload(client, "a.txt", DATA)


def upload(client, name, data):
    answer = client.post(UPLOADS, data=multipart({}, "file", [(name, data)]), headers=MULTIPART)
    assert answer.status_code == 201
    return answer.json["data"]["url"]


class TestWhole:
    def test_with_all_that_is_known_of_it(self, client, url):
        answer = client.get(url)
        assert (answer.status_code, answer.data) == (200, DATA)
        assert answer.headers["Content-Length"] == str(SIZE)
        assert answer.headers["ETag"] == ETAG
        assert answer.headers["Accept-Ranges"] == "bytes"

    def test_head_says_the_same_without_it(self, client, url):
        whole, head = client.get(url), client.head(url)
        assert (head.status_code, head.data) == (200, b"")
        for answer in (head, whole):
            answer.headers.pop("Date", None)
        assert dict(head.headers) == dict(whole.headers)

    def test_what_the_browser_holds_is_not_sent_again(self, client, url):
        for held in (ETAG, f"W/{ETAG}", f'"x", {ETAG}', "*"):
            for ask in (client.get, client.head):
                answer = ask(url, headers={"If-None-Match": held})
                assert (answer.status_code, answer.data) == (304, b"")
                assert answer.headers["ETag"] == ETAG
                assert answer.headers["Cache-Control"] == "private, no-cache"
        assert client.get(url, headers={"If-None-Match": '"x"'}).data == DATA

    @pytest.mark.parametrize("asked", ["If-Match", "If-Unmodified-Since"])
    def test_it_is_sent_whatever_it_has_to_be(self, client, url, asked):
        """No file ever changes."""
        for value in ('"x"', "Mon, 01 Jan 2001 00:00:00 GMT"):
            answer = client.get(url, headers={asked: value})
            assert (answer.status_code, answer.data) == (200, DATA)

    def test_what_the_browser_holds_is_no_excuse_for_a_stranger(self, client_of, bob, url):
        answer = client_of(bob).get(url, headers={"If-None-Match": ETAG})
        assert answer.status_code == 404


class TestRanges:
    @pytest.mark.parametrize(
        ("asked", "first", "last"),
        [
            ("0-0", 0, 0), ("0-9", 0, 9), ("5-99999", 5, 99_999), ("0-", 0, SIZE - 1),
            (f"{SIZE - 1}-", SIZE - 1, SIZE - 1), ("-1", SIZE - 1, SIZE - 1),
            ("-500", SIZE - 500, SIZE - 1), (f"-{SIZE}", 0, SIZE - 1),
            (f"10-{SIZE + 999}", 10, SIZE - 1), ("65530-65540", 65_530, 65_540),
        ],
    )  # fmt: skip
    def test_a_part_is_sent_as_asked(self, client, url, asked, first, last):
        headers = {"Range": f"bytes={asked}"}
        answer = client.get(url, headers=headers)
        assert (answer.status_code, answer.data) == (206, DATA[first : last + 1])
        assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
        assert answer.headers["Content-Length"] == str(last - first + 1)
        assert answer.headers["ETag"] == ETAG
        head = client.head(url, headers=headers)  # parts are of GET alone
        assert (head.status_code, head.headers["Content-Length"]) == (200, str(SIZE))

    @pytest.mark.parametrize("asked", [f"{SIZE}-", f"{SIZE}-{SIZE + 5}", f"{10**30}-", "-0"])
    def test_a_part_beyond_the_end_is_416(self, client, url, asked):
        answer = client.get(url, headers={"Range": f"bytes={asked}"})
        assert (answer.status_code, answer.json["error"]["code"]) == (416, "range_not_satisfiable")
        assert answer.headers["Content-Range"] == f"bytes */{SIZE}"
        assert client.head(url, headers={"Range": f"bytes={asked}"}).status_code == 200

    @pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "bytes=0-1, -2", "bytes=0-0,0-0,0-0"])
    def test_several_parts_are_sent_as_the_whole(self, client, url, asked):
        answer = client.get(url, headers={"Range": asked})
        assert (answer.status_code, answer.data) == (200, DATA)

    @pytest.mark.parametrize("asked", [SIZE + 1, 10 * SIZE, 10**30])
    def test_the_last_of_more_than_there_is_are_all(self, client, url, asked):
        answer = client.get(url, headers={"Range": f"bytes=-{asked}"})
        assert answer.status_code in (200, 206)
        assert answer.data == DATA

    @pytest.mark.parametrize("asked", ["lines=0-1", "none=x", "pages=1"])
    def test_parts_of_another_kind_are_passed_over(self, client, url, asked):
        answer = client.get(url, headers={"Range": asked})
        assert (answer.status_code, answer.data) == (200, DATA)

    @pytest.mark.parametrize(
        "asked", ["bytes=", "bytes=a-b", "bytes=5-2", "bytes", "", "=", "\xff"]
    )
    def test_what_is_no_range_is_passed_over(self, client, url, asked):
        answer = client.get(url, headers={"Range": asked})
        assert (answer.status_code, answer.data) == (200, DATA)

    @pytest.mark.parametrize("asked", ["bytes=0-9", f"bytes={SIZE}-"])
    def test_what_the_browser_holds_is_not_sent_again_in_parts(self, client, url, asked):
        answer = client.get(url, headers={"Range": asked, "If-None-Match": ETAG})
        assert (answer.status_code, answer.data) == (304, b"")
        other = client.get(url, headers={"Range": asked, "If-None-Match": '"x"'})
        assert other.status_code == (206 if asked == "bytes=0-9" else 416)

    def test_a_part_of_what_is_held(self, client, url):
        part = {"Range": "bytes=0-9"}
        assert client.get(url, headers={**part, "If-Range": ETAG}).data == DATA[:10]
        for other in ('"x"', 'W/"x"', f"W/{ETAG}", "Wed, 01 Jan 2070 00:00:00 GMT"):
            answer = client.get(url, headers={**part, "If-Range": other})
            assert (answer.status_code, answer.data) == (200, DATA), other

    def test_a_picture_of_a_picture_has_none(self, client):
        address = f"{upload(client, 'a.png', picture('PNG', 'RGB'))}?variant=view"
        whole = client.get(address)
        answer = client.get(address, headers={"Range": "bytes=0-9"})
        assert (answer.status_code, answer.data) == (200, whole.data)
        again = client.get(address, headers={"If-None-Match": whole.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")


class TestLost:
    """Case 79."""

    @pytest.fixture
    def ticket(self, client, url):
        """A ticket with three files; the second is the one that something happens to."""
        urls = [upload(client, "1.txt", b"one"), url, upload(client, "3.png", picture("PNG", "L"))]
        body = {"subject": "S", "description": "D", "attachmentUrls": urls}
        number = client.post("/api/tickets", json=body).json["data"]["id"]
        return number, urls

    @pytest.fixture(params=["missing", "cut short", "longer"])
    def damage(self, request, url):
        store, path = current_tickets.store, store_path(url.split("/")[-2])
        if request.param == "missing":
            store.remove(path)
        else:
            data = DATA[:-1] if request.param == "cut short" else DATA + b"x"
            with store.fs.open(f"{store.root}/{path}", "wb") as file:
                file.write(data)

    def test_is_404_and_logged_and_all_else_works(
        self, client, client_of, mona, ticket, damage, caplog
    ):
        number, [first, lost, third] = ticket
        for ask in (client.get, client.head):
            caplog.clear()
            for headers in ({}, {"Range": "bytes=0-9"}):
                assert ask(lost, headers=headers).status_code == 404
            assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
            assert lost.split("/")[-2] in caplog.text
        assert client.get(lost).json["error"]["code"] == "not_found"
        assert client.get(first).data == b"one"
        assert client.get(third).data == picture("PNG", "L")
        assert client.get(f"/api/tickets/{number}").status_code == 200
        for user, path in ((client, "/settings/ticket"), (client_of(mona), "/admin/tickets")):
            page = user.get(f"{path}/{number}")
            assert page.status_code == 200
            assert page.text.count("st-file-text") == 3

    def test_a_lost_thumbnail_is_404_and_the_picture_is_served(self, client, ticket, caplog):
        _, [*_, third] = ticket
        current_tickets.store.remove(store_path(third.split("/")[-2], "thumbnail"))
        assert client.get(f"{third}?variant=thumbnail").status_code == 404
        assert "thumbnail" in caplog.text
        assert client.get(f"{third}?variant=view").status_code == 200
        assert client.get(third).status_code == 200

    def test_a_small_altered_one_is_404_and_logged(self, client, caplog):
        url = upload(client, "a.txt", b"A few words.")
        store = current_tickets.store
        with store.fs.open(f"{store.root}/{store_path(url.split('/')[-2])}", "wb") as file:
            file.write(b"Other words.")
        answer = client.get(url)
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "not_found")
        assert "altered" in caplog.text

    @pytest.mark.parametrize("place", [0, 70_000, SIZE - 1])
    def test_an_altered_one_breaks_off_and_is_logged(self, app, client, url, caplog, place):
        altered = bytearray(DATA)
        altered[place] ^= 1
        store = current_tickets.store
        with store.fs.open(f"{store.root}/{store_path(url.split('/')[-2])}", "wb") as file:
            file.write(altered)
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            with pytest.raises(http.client.IncompleteRead):
                Client(("127.0.0.1", server.port), "alice").get(url)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
        assert url.split("/")[-2] in caplog.text
        assert "altered" in caplog.text


def test_a_name_of_every_kind_is_asked_for_by_its_address(client):
    for name in ("a b.txt", "100%.txt", "ä?#&.txt", "a;b=c,d.txt", "..a.txt", "%2F.txt"):
        address = upload(client, name, b"x")
        assert client.get(address).data == b"x"
        assert urllib.parse.unquote(address.split("/")[-1]) == name
