"""The file store writes files whole or not at all. Rule B4. Case 113."""

from __future__ import annotations

import errno
import io
import os
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from flask_support_tickets import ConfigurationError, StorageFull, Unavailable
from flask_support_tickets.storage import MissingFile, open_store
from tests.attachments.stores import new_store

PATH = "original/ab/abc"


@pytest.fixture(params=["file", "memory", "default", pytest.param("s3", marks=pytest.mark.slow)])
def store(request, tmp_path):
    if request.param == "s3":
        with new_store() as settings:
            yield open_store(*settings.values(), "")
        return
    address = {
        "file": f"file://{tmp_path}/a folder/files",
        "memory": f"memory://{uuid.uuid4().hex}/files",
        "default": None,
    }
    yield open_store(address[request.param], {}, str(tmp_path / "instance :: x"))


@pytest.fixture
def disk_store(tmp_path):
    return open_store(f"file://{tmp_path}/files", {}, "")


def test_store_writes_reads_lists_and_removes_files(store):
    assert list(store.walk()) == []
    source = io.BytesIO(b"first")
    source.read(3)  # a write begins at the start of its source
    store.write(PATH, source)
    store.write("view/ab/abc", io.BytesIO(b"x" * 9_000_000))
    with store.open(PATH) as file:
        assert file.readable()
        assert file.read() == b"first"
    assert store.size("view/ab/abc") == 9_000_000
    assert sorted(store.walk()) == [PATH, "view/ab/abc"]
    age = datetime.now(UTC) - store.modified_at(PATH)
    assert abs(age) < timedelta(minutes=1)
    for _ in range(2):
        store.remove(PATH)
    assert list(store.walk()) == ["view/ab/abc"]
    for ask in (store.open, store.size, store.modified_at):
        with pytest.raises(MissingFile):
            ask(PATH)


def test_each_process_opens_its_own_connections(store, monkeypatch):
    first = store.fs
    assert store.fs is first
    monkeypatch.setattr(os, "getpid", lambda: 0)
    assert store.fs is not first


class FailingSource(io.BytesIO):
    """Returns some bytes and then raises an error of the operating system."""

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
def test_failed_write_leaves_no_file(disk_store, code, error):
    with pytest.raises(error):
        disk_store.write(PATH, FailingSource(code))
    assert list(disk_store.walk()) == []


def test_folder_that_cannot_be_created_is_unavailable(disk_store, tmp_path):
    (tmp_path / "files").write_text("in the way")
    with pytest.raises(Unavailable):
        disk_store.write(PATH, io.BytesIO(b"x"))


def test_rest_of_interrupted_write_is_listed(disk_store, tmp_path):
    disk_store.write(PATH, io.BytesIO(b"x"))
    (tmp_path / "files/incoming/half.part").write_bytes(b"h")
    assert sorted(disk_store.walk()) == ["incoming/half.part", PATH]


@pytest.mark.parametrize("address", ["nonsense://x", "s4://bucket"])
def test_unknown_storage_address_is_configuration_error(address):
    with pytest.raises(ConfigurationError, match="SUPPORT_TICKETS_STORAGE"):
        open_store(address, {}, "")
