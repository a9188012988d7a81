"""Store files in an fsspec file system: names, atomic writes and errors (B4)."""

from __future__ import annotations

import errno
import io
import logging
import os
import secrets
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, BinaryIO, cast

import fsspec
from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

from .errors import ConfigurationError, StorageFull, Unavailable

logger = logging.getLogger(__name__)

#: The folder of files that are being written.
PARTS = "incoming"
_CHUNK_BYTES = 1024 * 1024
_PART_BYTES = 8 * 1024 * 1024
_PATIENCE_SECONDS = 0.5
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_S3 = ("s3", "s3a")
#: An object store that does not answer is given up within ten seconds, retries and all.
_S3_CONFIG: Mapping[str, Any] = {
    "connect_timeout": 3,
    "read_timeout": 3,
    "retries": {"total_max_attempts": 1},
    "signature_version": "s3v4",  # the older one is not taken everywhere
}
_S3_TRIES = 2


class MissingFile(Exception):
    """There is no file of this name in the store."""


def open_store(url: str | None, options: Mapping[str, Any], default_folder: str) -> FileStore:
    """Return the store at an fsspec ``url``; without one, ``default_folder`` on this machine.

    Nothing is connected to, and nothing made, before the first file. Raises `ConfigurationError`
    for an address that fsspec does not know, or whose package is not installed.
    """
    if url is None:
        return FileStore("file", default_folder, {})
    protocol = url.partition("://")[0].rpartition("::")[2]
    try:
        root = fsspec.get_filesystem_class(protocol)._strip_protocol(url)
    except (ImportError, ValueError) as error:
        raise ConfigurationError(
            f"SUPPORT_TICKETS_STORAGE: {url!r} cannot be used. {error} For s3:// install "
            "flask_support_tickets[s3]."
        ) from error
    if protocol in _S3:
        config = {**_S3_CONFIG, **options.get("config_kwargs", {})}
        options = {**options, "config_kwargs": config}
    return FileStore(protocol, str(root), options)


class FileStore:
    """The files below one folder or prefix, named by paths relative to it.

    Every method raises `Unavailable` when the store fails.
    """

    def __init__(self, protocol: str, root: str, options: Mapping[str, Any]) -> None:
        self.protocol = protocol
        self.root = root.rstrip("/")
        self._options = options
        self._opened: tuple[int, Any] | None = None

    @property
    def fs(self) -> AbstractFileSystem:
        """The file system; opened in each process, because connections do not survive a fork."""
        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = os.getpid(), _open_file_system(self.protocol, self._options)
        return self._opened[1]

    def write(self, path: str, source: BinaryIO) -> None:
        """Write all of ``source`` as ``path``, whole or not at all; it is there when this returns.

        Raises `StorageFull` as well; `discard` what a failing object store may have kept.
        """
        with _in_our_words(f"write {path}"):
            source.seek(0)
            try:
                if isinstance(self.fs, LocalFileSystem):
                    _write_local(self.fs, self.root, path, source)
                else:
                    _write_object(self.fs, self._full(path), source)
            except FileNotFoundError as error:  # no bucket, or not what was just sent
                raise OSError(errno.EIO, str(error)) from error

    def open(self, path: str) -> BinaryIO:
        """Return the file, to be read and closed. Raises `MissingFile`, and so does reading it."""
        with _in_our_words(f"open {path}"):
            return cast(BinaryIO, _StoredFile(path, self.fs.open(self._full(path), "rb")))

    def size(self, path: str) -> int:
        """Return the size in bytes. Raises `MissingFile`."""
        with _in_our_words(f"look at {path}"):
            return int(self.fs.info(self._full(path))["size"])

    def modified_at(self, path: str) -> datetime:
        """Return when the file was written (aware). Raises `MissingFile`."""
        with _in_our_words(f"look at {path}"):
            moment: datetime = self.fs.modified(self._full(path))
            return moment.astimezone()

    def remove(self, path: str) -> None:
        """Remove the file; does nothing when there is none."""
        with suppress(MissingFile), _in_our_words(f"remove {path}"):
            self.fs.rm_file(self._full(path))

    def discard(self, paths: Iterable[str]) -> None:
        """Remove files that are not needed after all; what fails is left to the sweep."""

        def remove_all() -> None:
            for path in paths:
                with suppress(FileNotFoundError):
                    self.fs.rm_file(self._full(path))

        _without_waiting(remove_all)

    def walk(self) -> Iterator[str]:
        """Yield the path of every file, those of cut-off writes too."""
        with _in_our_words("list the files"):
            self.fs.invalidate_cache()
            found = self.fs.find(self.root) if self.fs.exists(self.root) else []
            prefix = f"{self.root}/".lstrip("/")
            for name in found:
                yield str(name).lstrip("/").removeprefix(prefix)

    def signed_url(self, path: str, *, seconds: int, **headers: str) -> str | None:
        """Return an address that serves the file for some seconds; None unless it is on ``s3``."""
        if self.protocol not in _S3:
            return None
        with _in_our_words(f"sign {path}"):
            return str(self.fs.url(self._full(path), expires=seconds, **headers))

    def _full(self, path: str) -> str:
        return f"{self.root}/{path}"


def _open_file_system(protocol: str, options: Mapping[str, Any]) -> AbstractFileSystem:
    if protocol not in _S3:
        return fsspec.filesystem(protocol, skip_instance_cache=True, **options)
    from aiobotocore.session import get_session
    from botocore.handlers import add_expect_header

    session = get_session()
    # While it waits for the answer to "Expect: 100-continue", aiohttp has no timeout.
    session.unregister("before-call.s3", add_expect_header)
    fs = fsspec.filesystem(protocol, skip_instance_cache=True, **{"session": session, **options})
    fs.retries = _S3_TRIES
    return fs


class _StoredFile(io.RawIOBase):
    """A file of the store that raises our errors while it is read."""

    def __init__(self, path: str, file: BinaryIO) -> None:
        self._path = path
        self._file = file

    def readinto(self, buffer: Any) -> int:
        with _in_our_words(f"read {self._path}"):
            data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        super().close()
        self._file.close()


def storage_error(error: Exception) -> StorageFull | Unavailable:
    """Return the error of ours for one of a file system."""
    return StorageFull() if getattr(error, "errno", None) in _FULL else Unavailable()


@contextmanager
def _in_our_words(what: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise MissingFile(what) from error
    except Exception as error:  # every object store has errors of its own
        logger.exception("The file store could not %s.", what)
        raise storage_error(error) from error


def _write_local(fs: Any, root: str, path: str, source: BinaryIO) -> None:
    """Write under a temporary name, flush to the disk, and only then give it its name."""
    part = f"{root}/{PARTS}/{secrets.token_hex(16)}.part"
    target = PurePosixPath(f"{root}/{path}")
    for folder in (f"{root}/{PARTS}", str(target.parent)):
        fs.makedirs(folder, exist_ok=True)
    try:
        with fs.open(part, "wb") as file:
            shutil.copyfileobj(source, file, _CHUNK_BYTES)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    except BaseException:
        with suppress(OSError):
            fs.rm_file(part)
        raise
    for shelf in (target.parent, target.parent.parent):  # the name, and a folder made for it
        handle = os.open(shelf, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _write_object(fs: Any, target: str, source: BinaryIO) -> None:
    """Send to a store where an object is there at once or not at all, and ask whether it is."""
    first = source.read(_PART_BYTES)
    if len(first) < _PART_BYTES:
        fs.pipe_file(target, first)
    else:
        _send_in_parts(fs, target, first, source)
    if fs.info(target)["size"] != source.tell():
        raise OSError(errno.EIO, "The store did not keep what it was sent", target)


def _send_in_parts(fs: Any, target: str, first: bytes, rest: BinaryIO) -> None:
    file = fs.open(target, "wb", block_size=_PART_BYTES)
    try:
        file.write(first)
        del first
        shutil.copyfileobj(rest, file, _CHUNK_BYTES)
        file.close()
    except BaseException:
        _without_waiting(file.discard)
        with suppress(AttributeError):
            file.closed = True  # or else its finalizer would send what there is
        raise


def _without_waiting(clean_up: Callable[[], object]) -> None:
    """Clean up after a failure; not waiting long for a store that may not answer any more."""

    def run() -> None:
        with suppress(Exception):
            clean_up()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(_PATIENCE_SECONDS)
