"""Files in an object store: served by the app, or by the store itself after the check."""

from __future__ import annotations

import io
import random
import urllib.error
import urllib.parse
import urllib.request

import pytest
from PIL import Image

from flask_support_tickets.current import current_tickets
from flask_support_tickets.services.uploads import store_path
from flask_support_tickets.storage import MissingFile

from .clients import Client, sha256, ticket_id_of
from .servers import SERVERS, running
from .stores import new_store

NAME = "Überblick „März“; 50 %.log"
DISPOSITION = (
    'attachment; filename="_berblick _M_rz_; 50 _.log";'
    " filename*=UTF-8''%C3%9Cberblick%20%E2%80%9EM%C3%A4rz%E2%80%9C%3B%2050%20%25.log"
)
#: Large enough to be sent in two parts.
LOG = b"a line of a long log\n" * 450_000


@pytest.fixture(scope="module")
def store():
    """The settings of a host with a store of its own."""
    with new_store() as settings:
        yield settings


@pytest.fixture
def host_config(store, tmp_path):
    # A prefix for each test, so that each has an empty store.
    return {
        **store, "SUPPORT_TICKETS_STORAGE": f"{store['SUPPORT_TICKETS_STORAGE']}/{tmp_path.name}"
    }  # fmt: skip


@pytest.fixture(params=SERVERS)
def server(request, settings, alice, bob, tmp_path):
    with running(request.param, settings, tmp_path) as server:
        yield server


@pytest.fixture
def client(server):
    return Client(server.address, "alice")


def fetch(address):
    """Fetch an address without being signed in anywhere."""
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.status, answer.headers, answer.read()


def picture():
    target = io.BytesIO()
    image = Image.frombytes("RGB", (900, 600), random.randbytes(900 * 600 * 3))
    image.save(target, "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0 where it was taken")
    return target.getvalue()


def test_a_file_is_served_by_the_store_after_the_check(server, client, kept):
    [path] = client.attachments_of(ticket_id_of(client.file_ticket((NAME, LOG))))
    assert urllib.parse.unquote(path.rpartition("/")[2]) == NAME
    _, [row], [kept_path] = kept()
    assert kept_path == store_path(row.storage_key)

    answer = client.get(path)
    assert (answer.status, len(answer.body) < 5_000) == (302, True)
    assert answer.headers["Cache-Control"] == "private, no-store"
    status, headers, body = fetch(answer.headers["Location"])
    assert status == 200
    assert headers["Content-Disposition"] == DISPOSITION
    assert headers["Content-Type"] == "text/plain"
    assert sha256(body) == sha256(LOG)
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["Location"]).query)
    assert query.keys() & {"Signature", "X-Amz-Signature"}

    assert Client(server.address, "bob").get(path).status == 404
    assert Client(server.address, "bob").send("HEAD", path).status == 404


def test_head_tells_of_the_file_itself(client):
    path = client.upload(NAME, LOG).json["data"]["url"]
    answer = client.send("HEAD", path)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(LOG))
    assert answer.headers["Content-Disposition"] == DISPOSITION
    assert answer.headers["ETag"] == f'"{sha256(LOG)}"'


def test_previews_go_through_the_app_without_what_the_camera_wrote(client):
    data = picture()
    assert b"where it was taken" in data
    path = client.upload("photo.jpg", data).json["data"]["url"]
    _, _, original = fetch(client.get(path).headers["Location"])
    assert original == data
    for variant, side in (("thumbnail", 320), ("view", 900)):
        answer = client.get(f"{path}?variant={variant}")
        assert (answer.status, answer.headers["Content-Type"]) == (200, "image/webp")
        assert b"where it was taken" not in answer.body
        with Image.open(io.BytesIO(answer.body)) as image:
            assert max(image.size) == side


class TestWithoutSignedAddresses:
    @pytest.fixture
    def host_config(self, host_config):
        return {**host_config, "SUPPORT_TICKETS_SIGNED_URL_SECONDS": 0}

    def test_the_bytes_go_through_the_app(self, client):
        path = client.upload(NAME, LOG).json["data"]["url"]
        answer = client.get(path)
        assert answer.status == 200
        assert sha256(answer.body) == sha256(LOG)
        assert answer.headers["Content-Disposition"] == DISPOSITION
        assert answer.headers["Content-Type"] == "text/plain"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        for value, first, last in (
            ("bytes=0-0", 0, 0),
            ("bytes=9000000-9000099", 9_000_000, 9_000_099),
            ("bytes=-7", len(LOG) - 7, len(LOG) - 1),
            ("bytes=9449990-", 9_449_990, len(LOG) - 1),
        ):
            answer = client.get(path, Range=value)
            assert answer.status == 206
            assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(LOG)}"
            assert answer.body == LOG[first : last + 1]
        answer = client.get(path, Range=f"bytes={len(LOG)}-")
        assert (answer.status, answer.json["error"]["code"]) == (416, "range_not_satisfiable")
        assert client.get(path, **{"If-None-Match": f'"{sha256(LOG)}"'}).status == 304


@pytest.mark.usefixtures("app")
def test_the_store_lists_what_it_has_and_removes_it():
    store = current_tickets.store
    assert list(store.walk()) == []
    for path in ("original/aa/aa1", "original/ab/ab2", "thumbnail/aa/aa1"):
        store.write(path, io.BytesIO(path.encode()))
    assert sorted(store.walk()) == ["original/aa/aa1", "original/ab/ab2", "thumbnail/aa/aa1"]
    assert store.size("original/ab/ab2") == 15
    assert store.modified_at("original/ab/ab2").tzinfo is not None
    store.remove("original/aa/aa1")
    store.remove("original/aa/aa1")
    assert sorted(store.walk()) == ["original/ab/ab2", "thumbnail/aa/aa1"]
    with pytest.raises(MissingFile):
        store.open("original/aa/aa1")
    with pytest.raises(MissingFile):
        store.size("original/aa/aa1")
    with store.open("original/ab/ab2") as file:
        assert file.readable()
        assert file.read() == b"original/ab/ab2"
