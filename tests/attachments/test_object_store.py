"""Files in an object store: signed addresses, and a store that fails. Rules B4, B7. Case 114."""

from __future__ import annotations

import io
import socket
import time
import urllib.request
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from flask_support_tickets import Unavailable
from flask_support_tickets.current import current_tickets
from flask_support_tickets.services.attachments.uploads import store_path
from flask_support_tickets.storage import open_store

from .clients import NOTE, open_ticket, post_file, sha256, submit_form, upload
from .samples import picture
from .stores import STALL_SECONDS, Faults, new_store

pytestmark = pytest.mark.slow  # runs an object store, and waits for its timeouts

NAME = "Überblick „März“; 50 %.log"
DISPOSITION = (
    'attachment; filename="_berblick _M_rz_; 50 _.log";'
    " filename*=UTF-8''%C3%9Cberblick%20%E2%80%9EM%C3%A4rz%E2%80%9C%3B%2050%20%25.log"
)
#: Large enough to be sent in two parts.
LARGE = b"a line of a long log\n" * 450_000
SENTENCE = "The service is busy. Nothing was changed, so please try again."
PATH = "original/aa/aa1"


@pytest.fixture(scope="module")
def store():
    """Return the settings of a host with an object store, and the store's faults."""
    faults = Faults()
    with new_store(faults) as settings:
        yield settings, faults


@pytest.fixture
def faults(store):
    _, faults = store
    yield faults
    faults.work()


@pytest.fixture
def host_config(store, tmp_path):
    settings, _ = store
    prefix = f"{settings['SUPPORT_TICKETS_STORAGE']}/{tmp_path.name}"  # where nothing is yet
    return {**settings, "SUPPORT_TICKETS_STORAGE": prefix}


def assert_unavailable(answer):
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    if answer.is_json:
        assert answer.json["error"] == {"code": "unavailable", "message": SENTENCE}
    else:
        assert SENTENCE in answer.text
        assert "My own words" in answer.text


def test_object_store_serves_file_after_access_check(client, client_of, bob, kept):
    url = upload(client, NAME, LARGE)
    open_ticket(client, url)
    assert unquote(url.rpartition("/")[2]) == NAME
    _, [row], [path] = kept()
    assert path == store_path(row.storage_key)
    answer = client.get(url)
    assert (answer.status_code, len(answer.data) < 5_000) == (302, True)
    assert answer.headers["Cache-Control"] == "private, no-store"
    query = parse_qs(urlsplit(answer.location).query)
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]  # every store accepts it
    assert int(query["X-Amz-Expires"][0]) <= 60
    with urllib.request.urlopen(answer.location, timeout=30) as found:
        assert found.headers["Content-Disposition"] == DISPOSITION
        assert found.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert found.read() == LARGE
    for ask in (client_of(bob).get, client_of(bob).head):
        assert ask(url).status_code == 404
    head = client.head(url)
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(LARGE)))
    url = upload(client, "a.png", picture("PNG", "RGB"))
    assert client.get(f"{url}?variant=view").headers["Content-Type"] == "image/webp"


class TestWithoutSignedAddresses:
    @pytest.fixture
    def host_config(self, host_config):
        return {**host_config, "SUPPORT_TICKETS_SIGNED_URL_SECONDS": 0}

    def test_app_serves_file_and_ranges_from_object_store(self, client):
        url = upload(client, NAME, LARGE)
        answer = client.get(url)
        assert (answer.status_code, sha256(answer.data)) == (200, sha256(LARGE))
        assert answer.headers["Content-Disposition"] == DISPOSITION
        for asked, part in (
            ("0-0", LARGE[:1]), ("9000000-9000099", LARGE[9_000_000:9_000_100]), ("-7", LARGE[-7:])
        ):  # fmt: skip
            answer = client.get(url, headers={"Range": f"bytes={asked}"})
            assert (answer.status_code, answer.data) == (206, part)
        answer = client.get(url, headers={"Range": f"bytes={len(LARGE)}-"})
        assert answer.status_code == 416
        held = {"If-None-Match": f'"{sha256(LARGE)}"'}
        assert client.get(url, headers=held).status_code == 304

    @pytest.mark.parametrize("fault", ["answer_500", "answer_too_little", "reset"])
    def test_download_is_503_when_object_store_fails(self, client, faults, fault):
        """Whichever of its requests fails, no response has half a file."""
        url = upload(client, *NOTE)
        for headers, part in (({}, NOTE[1]), ({"Range": "bytes=3-9"}, NOTE[1][3:10])):
            for after in (1, 2, 3, 4):
                faults.fail(getattr(faults, fault), after=after)
                answer = client.get(url, headers=headers)
                if answer.status_code in (200, 206):
                    break
                assert_unavailable(answer)
            assert after > 1
            assert answer.data == part


@pytest.mark.parametrize(
    "fault",
    ["answer_500", "stall", "reset", "answer_too_little", "answer_200_and_do_nothing"],
)
def test_upload_is_503_until_object_store_works_again(client, faults, kept, fault):
    start = time.monotonic()
    faults.fail(getattr(faults, fault))
    assert_unavailable(post_file(client, *NOTE))
    assert open_ticket(client).status_code == 201
    assert time.monotonic() - start < STALL_SECONDS / 2
    faults.work()
    assert kept()[:2] == (1, [])
    assert client.get(upload(client)).status_code == 302


def test_page_keeps_text_and_no_file_whichever_request_fails(client, faults, kept):
    files = [NOTE, ("2.png", picture("PNG", "RGB")), ("3.log", LARGE)]
    for after in range(30):
        faults.fail(faults.answer_500, after=after, times=1)
        answer = submit_form(client, *files)
        faults.work()
        if answer.status_code == 303:
            break
        assert_unavailable(answer)
        patience = time.monotonic() + 20
        while kept().paths and time.monotonic() < patience:
            time.sleep(0.1)  # no response waits for files to be removed
        assert kept() == (0, [], [])
    assert answer.status_code == 303
    assert after >= 9  # five objects, one of them in two parts
    tickets, rows, paths = kept()
    assert (tickets, len(rows), len(paths)) == (1, 3, 5)
    for row in rows:
        with current_tickets.store.open(store_path(row.storage_key)) as file:
            assert sha256(file.read()) == row.sha256


def test_parts_of_large_file_are_dropped_when_one_fails(app, faults, caplog):
    faults.fail(faults.answer_500, after=2, times=1)
    with pytest.raises(Unavailable):
        current_tickets.store.write(PATH, io.BytesIO(LARGE))
    assert faults.requests == ["POST", "PUT", "PUT", "DELETE"]
    assert f"could not write {PATH}" in caplog.text
    assert list(current_tickets.store.walk()) == []


def test_large_file_that_object_store_did_not_keep_is_unavailable(app, faults):
    faults.fail(faults.answer_200_and_do_nothing, after=3)
    with pytest.raises(Unavailable):
        current_tickets.store.write(PATH, io.BytesIO(LARGE))
    faults.work()
    current_tickets.store.write(PATH, io.BytesIO(LARGE))
    assert current_tickets.store.size(PATH) == len(LARGE)


@pytest.mark.parametrize("missing", ["bucket", "server"])
def test_missing_object_store_is_unavailable(host_config, missing):
    bucket = host_config["SUPPORT_TICKETS_STORAGE"]
    options = host_config["SUPPORT_TICKETS_STORAGE_OPTIONS"]
    if missing == "bucket":
        bucket = "s3://there-is-none/prefix"
    else:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]  # refuses connections from here on
        options = {**options, "endpoint_url": f"http://127.0.0.1:{port}"}
    for data in (NOTE[1], LARGE):
        with pytest.raises(Unavailable):
            open_store(bucket, options, "").write(PATH, io.BytesIO(data))


def test_removing_refused_files_does_not_wait_for_stalled_object_store(app, faults):
    current_tickets.store.write(PATH, io.BytesIO(NOTE[1]))
    faults.fail(faults.stall)
    start = time.monotonic()
    current_tickets.store.discard([PATH])
    assert time.monotonic() - start < 5


def test_object_store_that_accepts_and_stays_silent_is_given_up():
    """A write must not wait for ``100 Continue`` without a timeout."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        options = {"key": "k", "secret": "s", "endpoint_url": endpoint}
        store = open_store("s3://bucket/files", options, "")
        with pytest.raises(Unavailable):
            store.write(PATH, io.BytesIO(b"a note"))
