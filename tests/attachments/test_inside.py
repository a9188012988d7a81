"""The same faults within one process: each step back is taken, whichever step failed (rule B4)."""

from __future__ import annotations

import dataclasses
import io
import os
import tempfile
import urllib.request
from urllib.parse import urlsplit

import pytest

from flask_support_tickets import Unavailable
from flask_support_tickets.current import current_tickets
from flask_support_tickets.storage import open_store
from tests.conftest import form_fields

from .clients import MULTIPART, NEW, UPLOADS, multipart
from .disks import SIZE, small_disk
from .gateway import Gateway, answer_500, answer_nothing, stall
from .stores import new_store

PAGE = 4 * 1024
TEXT = b"a line of a log\n" * 1_000
#: Large enough to be sent in two parts.
LARGE = b"a line of a long log\n" * 450_000


@pytest.fixture(scope="module")
def settings_of_store():
    with new_store() as settings:
        yield settings


@pytest.fixture
def host_config(tmp_path):
    return {"SUPPORT_TICKETS_STORAGE": f"file://{tmp_path / 'store'}"}


@pytest.fixture
def upload(client_of, alice):
    client = client_of(alice)

    def send(data):
        body = multipart({}, "file", [("some.log", data)])
        return client.post(UPLOADS, data=body, content_type=MULTIPART["Content-Type"])

    return send


class TestABodyThatEndsEarly:
    """From a server that hands on what came, as gunicorn does."""

    @pytest.mark.parametrize("missing", [1, 2, 5, 40, 10_000])
    def test_is_malformed(self, client_of, alice, kept, missing):
        body = multipart({}, "file", [("some.log", TEXT)])
        answer = client_of(alice).post(
            UPLOADS,
            input_stream=io.BytesIO(body[:-missing]),
            content_type=MULTIPART["Content-Type"],
            environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": str(len(body))},
        )
        assert (answer.status_code, answer.json["error"]["code"]) == (400, "malformed_json")
        assert kept() == (0, [], [])


class TestAStoreWithoutRoom:
    @pytest.fixture
    def host_config(self, tmp_path):
        return {"SUPPORT_TICKETS_STORAGE": f"file://{tmp_path / 'disk' / 'store'}"}

    def test_takes_all_files_of_a_post_or_none(self, client_of, alice, kept, tmp_path):
        client = client_of(alice)
        fields = {**form_fields(client.get(NEW).text), "subject": "S", "description": "D"}
        body = multipart(fields, "attachments", [("1.log", TEXT), ("2.log", LARGE[:SIZE])])
        with small_disk(tmp_path / "disk"):
            answer = client.post(NEW, data=body, content_type=MULTIPART["Content-Type"])
            assert answer.status_code == 507
            assert kept() == (0, [], [])


class TestATemporaryFolderWithoutRoom:
    @pytest.fixture
    def disk(self, tmp_path, monkeypatch):
        with small_disk(tmp_path / "disk") as disk:
            monkeypatch.setattr(tempfile, "tempdir", str(disk.path))
            yield disk

    # The last bytes of the second come by themselves: they wait until the file is read.
    @pytest.mark.parametrize("size", [75 * PAGE + 100, 80 * PAGE + 1_500])
    def test_is_full_wherever_the_room_ends(self, upload, disk, kept, size):
        data = LARGE[:size]
        for room in range(70 * PAGE, size, PAGE):
            disk.leave_room(room)
            answer = upload(data)
            assert (answer.status_code, answer.json["error"]["code"]) == (507, "storage_full")
        assert kept() == (0, [], [])
        disk.clear()
        assert upload(data).status_code == 201


class TestAnObjectStore:
    @pytest.fixture
    def gateway(self, settings_of_store):
        address = settings_of_store["SUPPORT_TICKETS_STORAGE_OPTIONS"]["endpoint_url"]
        gateway = Gateway((urlsplit(address).hostname, urlsplit(address).port))
        yield gateway
        gateway.close()

    @pytest.fixture
    def host_config(self, settings_of_store, gateway, tmp_path):
        options = {**settings_of_store["SUPPORT_TICKETS_STORAGE_OPTIONS"]}
        options["endpoint_url"] = f"http://127.0.0.1:{gateway.address[1]}"
        prefix = f"{settings_of_store['SUPPORT_TICKETS_STORAGE']}/{tmp_path.name}"
        return {
            "SUPPORT_TICKETS_STORAGE": prefix,
            "SUPPORT_TICKETS_STORAGE_OPTIONS": options,
            "SUPPORT_TICKETS_SIGNED_URL_SECONDS": 0,
        }

    @pytest.fixture
    def signing(self, app, monkeypatch):
        state = app.extensions["support_tickets"]
        config = dataclasses.replace(state.config, signed_url_seconds=60)
        state = dataclasses.replace(state, config=config)
        monkeypatch.setitem(app.extensions, "support_tickets", state)

    def test_that_fails_while_it_takes_a_part_is_told_to_forget_the_others(
        self, app, gateway, caplog
    ):
        gateway.fail(answer_500, after=2, times=1)
        with pytest.raises(Unavailable):
            current_tickets.store.write("original/aa/aa1", io.BytesIO(LARGE))
        assert [request.partition(" ")[0] for request in gateway.requests] == [
            "POST", "PUT", "PUT", "DELETE",
        ]  # fmt: skip
        assert "could not write original/aa/aa1" in caplog.text
        assert list(current_tickets.store.walk()) == []

    @pytest.mark.parametrize("data", [TEXT, LARGE], ids=["whole", "in parts"])
    def test_is_asked_whether_it_kept_what_it_was_sent(self, app, gateway, data):
        gateway.fail(answer_nothing, after=0 if data is TEXT else 3)
        with pytest.raises(Unavailable):
            current_tickets.store.write("original/aa/aa1", io.BytesIO(data))
        gateway.work()
        current_tickets.store.write("original/aa/aa1", io.BytesIO(data))
        assert current_tickets.store.size("original/aa/aa1") == len(data)

    def test_without_its_bucket_is_unavailable(self, app, gateway):
        options = app.config["SUPPORT_TICKETS_STORAGE_OPTIONS"]
        store = open_store("s3://there-is-none/prefix", options, "")
        for data in (TEXT, LARGE):
            with pytest.raises(Unavailable):
                store.write("original/aa/aa1", io.BytesIO(data))
        assert list(store.walk()) == []

    def test_that_fails_after_the_file_was_opened_is_unavailable(
        self, upload, client_of, alice, gateway
    ):
        address = upload(TEXT).json["data"]["url"]
        client = client_of(alice)
        for headers in ({}, {"Range": "bytes=3-9"}):
            gateway.fail(answer_500, after=2)
            answer = client.get(address, headers=headers)
            assert (answer.status_code, answer.json["error"]["code"]) == (503, "unavailable")
        gateway.work()
        with client.get(address, headers={"Range": "bytes=3-9"}) as answer:
            assert (answer.status_code, answer.data) == (206, TEXT[3:10])

    def test_serves_its_files_itself_where_it_may(self, upload, client_of, alice, signing):
        address = upload(TEXT).json["data"]["url"]
        answer = client_of(alice).get(address)
        assert answer.status_code == 302
        with urllib.request.urlopen(answer.location, timeout=10) as found:
            assert found.read() == TEXT

    def test_that_stalls_is_not_waited_for_by_who_tidies_up(self, app, gateway):
        current_tickets.store.write("original/aa/aa1", io.BytesIO(TEXT))
        gateway.fail(stall)
        began = os.times().elapsed
        current_tickets.store.discard(["original/aa/aa1"])
        assert os.times().elapsed - began < 2
