"""Files in a store: whole or not at all, and failures in our own words (rule B4)."""

from __future__ import annotations

import errno
import io
import os
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from flask_support_tickets import ConfigurationError, StorageFull, Unavailable
from flask_support_tickets.storage import MissingFile, is_part, open_store
from flask_support_tickets.storage.writing import write_object


@pytest.fixture(params=["file", "memory", "default"])
def store(request, tmp_path):
    address = {
        "file": f"file://{tmp_path}/a folder/files",
        "memory": f"memory://{uuid.uuid4().hex}/files",
        "default": None,
    }
    return open_store(address[request.param], {}, str(tmp_path / "instance :: x"))


def test_what_is_written_is_read_listed_and_removed(store):
    assert list(store.walk()) == []
    store.write("original/ab/abc", io.BytesIO(b"first"))
    store.write("view/ab/abc", io.BytesIO(b"x" * 3_000_000))
    with store.open("original/ab/abc") as file:
        assert file.read() == b"first"
    assert store.size("view/ab/abc") == 3_000_000
    assert sorted(store.walk()) == ["original/ab/abc", "view/ab/abc"]
    age = datetime.now(UTC) - store.modified_at("original/ab/abc")
    assert abs(age) < timedelta(minutes=1)
    store.remove("original/ab/abc")
    store.remove("original/ab/abc")
    assert list(store.walk()) == ["view/ab/abc"]


def test_a_file_that_is_not_there_is_missing(store):
    for ask in (store.open, store.size, store.modified_at):
        with pytest.raises(MissingFile):
            ask("original/ab/abc")


def test_a_source_that_is_in_use_is_read_from_its_beginning(store):
    source = io.BytesIO(b"whole")
    source.read(3)
    store.write("original/ab/abc", source)
    assert store.size("original/ab/abc") == 5


class Failing(io.BytesIO):
    """Gives some bytes and then an error of the operating system."""

    def __init__(self, code):
        super().__init__(b"x" * (2 * 1024 * 1024))
        self.code = code

    def read(self, size=-1):
        if self.tell() > 0:
            raise OSError(self.code, os.strerror(self.code))
        return super().read(size)


@pytest.mark.parametrize(
    ("code", "error"),
    [(errno.ENOSPC, StorageFull), (errno.EDQUOT, StorageFull), (errno.EIO, Unavailable)],
)
def test_a_write_that_fails_leaves_nothing(tmp_path, code, error):
    store = open_store(f"file://{tmp_path}/files", {}, "")
    with pytest.raises(error):
        store.write("original/ab/abc", Failing(code))
    assert list(store.walk()) == []


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path):
    (tmp_path / "files").write_text("in the way")
    store = open_store(f"file://{tmp_path}/files", {}, "")
    with pytest.raises(Unavailable):
        store.write("original/ab/abc", io.BytesIO(b"x"))


def test_whatever_else_goes_wrong_is_unavailable(tmp_path, monkeypatch):
    store = open_store(f"file://{tmp_path}/files", {}, "")
    monkeypatch.setattr(type(store.fs), "find", lambda *args: {}["no such thing"])
    store.write("original/ab/abc", io.BytesIO(b"x"))
    with pytest.raises(Unavailable):
        list(store.walk())


def test_what_a_cut_off_write_left_is_told_apart(tmp_path):
    store = open_store(f"file://{tmp_path}/files", {}, "")
    store.write("original/ab/abc", io.BytesIO(b"x"))
    (tmp_path / "files/incoming/half.part").write_bytes(b"h")
    assert [path for path in store.walk() if is_part(path)] == ["incoming/half.part"]


def test_a_large_object_that_breaks_off_is_given_up(tmp_path):
    class Target:
        closed = discarded = False

        def write(self, data):
            raise ConnectionError

        def discard(self):
            self.discarded = True

    class Files:
        def open(self, *args, **options):
            return target

    target = Target()
    with pytest.raises(ConnectionError):
        write_object(Files(), "bucket", "a", io.BytesIO(b"x" * (9 * 1024 * 1024)))
    assert target.discarded
    assert target.closed


def test_another_process_opens_connections_of_its_own(store, monkeypatch):
    first = store.fs
    assert store.fs is first
    monkeypatch.setattr(os, "getpid", lambda: 0)
    assert store.fs is not first


def test_only_s3_signs_addresses(store):
    assert store.signed_url("original/ab/abc", seconds=60) is None


@pytest.mark.parametrize("address", ["nonsense://x", "s4://bucket"])
def test_an_unknown_address_is_a_mistake_of_configuration(address):
    with pytest.raises(ConfigurationError, match="SUPPORT_TICKETS_STORAGE"):
        open_store(address, {}, "")
