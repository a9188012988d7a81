"""Downloads: HEAD, ranges, caches, and files whose bytes are lost. Rule B7. Case 79."""

from __future__ import annotations

import hashlib
import logging

import pytest

from flask_support_tickets.current import current_tickets
from flask_support_tickets.services.attachments.maintenance import verify_attachments
from flask_support_tickets.services.attachments.uploads import store_path

from .clients import open_ticket, upload
from .samples import noise_of, picture

DATA = noise_of(100_000).hex().encode()  # several reads long
SIZE = len(DATA)
ETAG = f'"{hashlib.sha256(DATA).hexdigest()}"'


@pytest.fixture
def url(client):
    return upload(client, "a.txt", DATA)


def overwrite(url, data):
    """Change the bytes of a file in the store."""
    store = current_tickets.store
    with store.fs.open(f"{store.root}/{store_path(url.split('/')[-2])}", "wb") as file:
        file.write(data)


def test_file_is_sent_whole_with_length_and_etag(client, url):
    answer, head = client.get(url), client.head(url)
    assert (answer.status_code, answer.data) == (200, DATA)
    assert answer.headers["Content-Length"] == str(SIZE)
    assert answer.headers["ETag"] == ETAG
    assert answer.headers["Accept-Ranges"] == "bytes"
    for each in (answer, head):
        each.headers.pop("Date", None)
    assert (head.status_code, head.data) == (200, b"")
    assert dict(head.headers) == dict(answer.headers)


def test_file_that_browser_has_is_304(client, client_of, bob, url):
    """Rule E1."""
    for held in (ETAG, f"W/{ETAG}", f'"x", {ETAG}', "*"):
        for ask in (client.get, client.head):
            answer = ask(url, headers={"If-None-Match": held})
            assert (answer.status_code, answer.data) == (304, b"")
            assert answer.headers["ETag"] == ETAG
            assert answer.headers["Cache-Control"] == "private, no-cache"
    assert client.get(url, headers={"If-None-Match": '"x"'}).data == DATA
    assert client_of(bob).get(url, headers={"If-None-Match": ETAG}).status_code == 404


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("0-0", 0, 0), ("5-99999", 5, 99_999), ("0-", 0, SIZE - 1), ("-1", SIZE - 1, SIZE - 1),
        (f"{SIZE - 1}-", SIZE - 1, SIZE - 1), (f"-{SIZE}", 0, SIZE - 1),
        (f"10-{SIZE + 999}", 10, SIZE - 1), ("65530-65540", 65_530, 65_540),
    ],
)  # fmt: skip
def test_range_of_file_is_206(client, url, asked, first, last):
    headers = {"Range": f"bytes={asked}"}
    answer = client.get(url, headers=headers)
    assert (answer.status_code, answer.data) == (206, DATA[first : last + 1])
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert answer.headers["Content-Length"] == str(last - first + 1)
    assert answer.headers["ETag"] == ETAG
    head = client.head(url, headers=headers)  # ranges are for GET only
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(SIZE))


@pytest.mark.parametrize("asked", [f"{SIZE}-", f"{SIZE}-{SIZE + 5}", f"{10**30}-"])
def test_range_after_end_of_file_is_416(client, url, asked):
    headers = {"Range": f"bytes={asked}"}
    answer = client.get(url, headers=headers)
    assert (answer.status_code, answer.json["error"]["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{SIZE}"
    assert client.head(url, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=0-1,5-6"}, {"Range": f"bytes=-{SIZE + 1}"}, {"Range": "lines=0-1"},
        {"Range": "bytes="}, {"Range": "bytes=a-b"}, {"Range": "bytes=5-2"}, {"Range": "\xff"},
        {"Range": "bytes=-0"},
        {"Range": "bytes=0-9", "If-Range": '"x"'}, {"Range": "bytes=0-9", "If-Range": f"W/{ETAG}"},
        {"Range": "bytes=0-9", "If-Range": "Wed, 01 Jan 2070 00:00:00 GMT"},
        {"If-Match": '"x"'}, {"If-Unmodified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
    ],
)  # fmt: skip
def test_other_ranges_and_conditions_get_whole_file(client, url, headers):
    answer = client.get(url, headers=headers)
    assert (answer.status_code, answer.data) == (200, DATA)


def test_range_and_condition_are_combined(client, url):
    part, beyond = {"Range": "bytes=0-9"}, {"Range": f"bytes={SIZE}-"}
    assert client.get(url, headers={**part, "If-Range": ETAG}).data == DATA[:10]
    for headers, status in ((part, 206), (beyond, 416)):
        other = client.get(url, headers={**headers, "If-None-Match": '"x"'})
        assert other.status_code == status
        same = client.get(url, headers={**headers, "If-None-Match": ETAG})
        assert (same.status_code, same.data) == (304, b"")


@pytest.mark.parametrize("damage", ["missing", "cut short", "longer"])
def test_lost_file_is_404_and_logged_and_others_are_served(
    client, client_of, mona, url, damage, caplog
):
    urls = [upload(client, "1.txt", b"one"), url, upload(client, "3.png", picture("PNG", "L"))]
    number = open_ticket(client, *urls).json["data"]["id"]
    if damage == "missing":
        current_tickets.store.remove(store_path(url.split("/")[-2]))
    else:
        overwrite(url, DATA[:-1] if damage == "cut short" else DATA + b"x")
    for ask in (client.get, client.head):
        caplog.clear()
        for headers in ({}, {"Range": "bytes=0-9"}):
            assert ask(url, headers=headers).status_code == 404
        assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
        assert url.split("/")[-2] in caplog.text
    assert client.get(url).json["error"]["code"] == "not_found"
    assert client.get(urls[0]).data == b"one"
    assert client.get(urls[2]).data == picture("PNG", "L")
    assert client.get(f"/api/tickets/{number}").status_code == 200
    for reader, path in ((client, "/settings/ticket"), (client_of(mona), "/admin/tickets")):
        page = reader.get(f"{path}/{number}")
        assert (page.status_code, page.text.count("st-file-text")) == (200, 3)


def test_preview_has_etag_and_no_ranges_and_may_be_lost(client, caplog):
    url = upload(client, "3.png", picture("PNG", "L"))
    whole = client.get(f"{url}?variant=view")
    part = client.get(f"{url}?variant=view", headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.data) == (200, whole.data)
    held = {"If-None-Match": whole.headers["ETag"]}
    assert client.get(f"{url}?variant=view", headers=held).status_code == 304
    current_tickets.store.remove(store_path(url.split("/")[-2], "view"))
    assert client.get(f"{url}?variant=view").status_code == 404
    assert "view" in caplog.text
    assert client.get(url).status_code == 200


def test_altered_file_is_sent_and_found_by_verify_attachments(client, url):
    """A download does not wait for the whole file to be read."""
    altered = DATA[:-1] + b"x"
    overwrite(url, altered)
    assert client.get(url).data == altered
    assert len(verify_attachments().altered) == 1
