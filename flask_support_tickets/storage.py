"""Store files in an fsspec filesystem, with atomic writes (B4)."""

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

#: The folder for incomplete files.
_INCOMING = "incoming"
_CHUNK_BYTES = 1024 * 1024
_PART_BYTES = 8 * 1024 * 1024
_CLEAN_UP_SECONDS = 0.5
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_S3 = ("s3", "s3a")
#: With these options and retries, requests to an unreachable store fail within ten seconds.
_S3_CONFIG: Mapping[str, Any] = {
    "connect_timeout": 3,
    "read_timeout": 3,
    "retries": {"total_max_attempts": 1},
    "signature_version": "s3v4",  # some regions reject older signatures
}
_S3_RETRIES = 2


class MissingFile(Exception):
    """The store does not have the file."""


def open_store(url: str | None, options: Mapping[str, Any], default_folder: str) -> FileStore:
    """Return the store at an fsspec ``url``, or in ``default_folder`` if ``url`` is None.

    The store connects and creates folders on first use. Raises `ConfigurationError` if fsspec does
    not know the protocol or the package for it is not installed.
    """
    if url is None:
        return FileStore("file", default_folder, {})
    protocol = url.partition("://")[0].rpartition("::")[2]
    try:
        root = fsspec.get_filesystem_class(protocol)._strip_protocol(url)
    except (ImportError, ValueError) as error:
        raise ConfigurationError(
            f"SUPPORT_TICKETS_STORAGE: {url!r} cannot be used. {error} For s3://, install "
            "flask_support_tickets[s3]."
        ) from error
    if protocol in _S3:
        config = {**_S3_CONFIG, **options.get("config_kwargs", {})}
        options = {**options, "config_kwargs": config}
    return FileStore(protocol, str(root), options)


class FileStore:
    """The files under a folder or prefix, identified by relative paths.

    Every method raises `Unavailable` if the store fails.
    """

    def __init__(self, protocol: str, root: str, options: Mapping[str, Any]) -> None:
        self.protocol = protocol
        self.root = root.rstrip("/")
        self._options = options
        self._opened: tuple[int, Any] | None = None

    @property
    def fs(self) -> AbstractFileSystem:
        """The filesystem, opened once per process because connections do not survive a fork."""
        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = os.getpid(), _open_file_system(self.protocol, self._options)
        return self._opened[1]

    def write(self, path: str, source: BinaryIO) -> None:
        """Write ``source`` to ``path`` atomically and durably, or raise `StorageFull`.

        After an error, an object store may still contain the file, so call `discard`.
        """
        with _translate_errors(f"write {path}"):
            source.seek(0)
            try:
                if isinstance(self.fs, LocalFileSystem):
                    _write_local(self.fs, self.root, path, source)
                else:
                    _write_object(self.fs, self._full(path), source)
            except FileNotFoundError as error:  # the bucket or the new object is missing
                raise OSError(errno.EIO, str(error)) from error

    def open(self, path: str) -> BinaryIO:
        """Open the file for reading. Opening or reading it can raise `MissingFile`."""
        with _translate_errors(f"open {path}"):
            return cast(BinaryIO, _StoredFile(path, self.fs.open(self._full(path), "rb")))

    def size(self, path: str) -> int:
        """Return the size in bytes. Raises `MissingFile` if the file does not exist."""
        with _translate_errors(f"inspect {path}"):
            return int(self.fs.info(self._full(path))["size"])

    def modified_at(self, path: str) -> datetime:
        """Return the aware datetime of the last write. Raises `MissingFile` if there is no file."""
        with _translate_errors(f"inspect {path}"):
            moment: datetime = self.fs.modified(self._full(path))
            return moment.astimezone()

    def remove(self, path: str) -> None:
        """Remove the file if it exists."""
        with suppress(MissingFile), _translate_errors(f"remove {path}"):
            self.fs.rm_file(self._full(path))

    def discard(self, paths: Iterable[str]) -> None:
        """Remove files after an error. ``sweep-attachments`` removes any that remain."""

        def remove_all() -> None:
            for path in paths:
                with suppress(FileNotFoundError):
                    self.fs.rm_file(self._full(path))

        _clean_up(remove_all)

    def walk(self) -> Iterator[str]:
        """Yield the path of every file, including incomplete ones."""
        with _translate_errors("list the files"):
            self.fs.invalidate_cache()
            prefix = f"{self.root}/".lstrip("/")
            for name in self.fs.find(self.root) if self.fs.exists(self.root) else []:
                yield str(name).lstrip("/").removeprefix(prefix)

    def signed_url(self, path: str, *, seconds: int, **headers: str) -> str | None:
        """Return a temporary URL for the file, or None if the store does not use ``s3``."""
        if self.protocol not in _S3:
            return None
        with _translate_errors(f"sign {path}"):
            return str(self.fs.url(self._full(path), expires=seconds, **headers))

    def _full(self, path: str) -> str:
        return f"{self.root}/{path}"


def _open_file_system(protocol: str, options: Mapping[str, Any]) -> AbstractFileSystem:
    if protocol not in _S3:
        return fsspec.filesystem(protocol, skip_instance_cache=True, **options)
    from aiobotocore.session import get_session
    from botocore.handlers import add_expect_header

    session = get_session()
    # aiohttp has no timeout while it waits for the response to "Expect: 100-continue".
    session.unregister("before-call.s3", add_expect_header)
    fs = fsspec.filesystem(protocol, skip_instance_cache=True, **{"session": session, **options})
    fs.retries = _S3_RETRIES
    return fs


class _StoredFile(io.RawIOBase):
    """A file whose read errors become `MissingFile`, `StorageFull` or `Unavailable`."""

    def __init__(self, path: str, file: BinaryIO) -> None:
        self._path = path
        self._file = file

    def readinto(self, buffer: Any) -> int:
        with _translate_errors(f"read {self._path}"):
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
    """Translate a filesystem error into a domain error."""
    return StorageFull() if getattr(error, "errno", None) in _FULL else Unavailable()


@contextmanager
def _translate_errors(operation: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise MissingFile(operation) from error
    except Exception as error:  # each object store has its own exceptions
        logger.exception("The file store could not %s.", operation)
        raise storage_error(error) from error


def _write_local(fs: Any, root: str, path: str, source: BinaryIO) -> None:
    """Write to a temporary file, sync it, then rename it and sync its folders."""
    part = f"{root}/{_INCOMING}/{secrets.token_hex(16)}.part"
    target = PurePosixPath(f"{root}/{path}")
    for folder in (f"{root}/{_INCOMING}", str(target.parent)):
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
    for parent in (target.parent, target.parent.parent):  # both may be new
        handle = os.open(parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _write_object(fs: Any, target: str, source: BinaryIO) -> None:
    """Upload to a store that creates objects atomically, then verify the size."""
    first = source.read(_PART_BYTES)
    if len(first) < _PART_BYTES:
        fs.pipe_file(target, first)
    else:
        _upload_in_parts(fs, target, first, source)
    if fs.info(target)["size"] != source.tell():
        raise OSError(errno.EIO, "The stored object has the wrong size", target)


def _upload_in_parts(fs: Any, target: str, first: bytes, rest: BinaryIO) -> None:
    file = fs.open(target, "wb", block_size=_PART_BYTES)
    try:
        file.write(first)
        del first
        shutil.copyfileobj(rest, file, _CHUNK_BYTES)
        file.close()
    except BaseException:
        _clean_up(file.discard)
        with suppress(AttributeError):
            file.closed = True  # keeps the finalizer from uploading the incomplete file
        raise


def _clean_up(action: Callable[[], object]) -> None:
    """Run ``action`` in a thread and wait only briefly, because the store may be unreachable."""

    def run() -> None:
        with suppress(Exception):
            action()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(_CLEAN_UP_SECONDS)
