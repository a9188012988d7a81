"""Store files in an fsspec file system: names, atomic writes and errors (B4)."""

from __future__ import annotations

import errno
import io
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, BinaryIO, cast

import fsspec
from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

from ..errors import ConfigurationError, StorageFull, Unavailable
from .writing import PARTS, without_waiting, write_local, write_object

logger = logging.getLogger(__name__)

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
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
    if protocol in ("s3", "s3a"):
        own = options.get("config_kwargs", {})
        options = {**options, "config_kwargs": {**_S3_CONFIG, **own}}
    return FileStore(protocol, str(root), options)


class FileStore:
    """The files below one folder or prefix, named by paths relative to it."""

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

        Raises `StorageFull` or `Unavailable`; `discard` what a failing object store may have kept.
        """
        with _in_our_words(f"write {path}"):
            source.seek(0)
            write = write_local if isinstance(self.fs, LocalFileSystem) else write_object
            try:
                write(self.fs, self.root, path, source)
            except FileNotFoundError as error:  # no bucket, or not what was just sent
                raise OSError(errno.EIO, str(error)) from error

    def open(self, path: str) -> BinaryIO:
        """Return the file, to be read and closed. Raises `MissingFile` or `Unavailable`.

        Reading it raises them too.
        """
        with _in_our_words(f"open {path}"):
            return cast(BinaryIO, _StoredFile(path, self.fs.open(self._full(path), "rb")))

    def size(self, path: str) -> int:
        """Return the size in bytes. Raises `MissingFile` or `Unavailable`."""
        with _in_our_words(f"look at {path}"):
            return int(self.fs.info(self._full(path))["size"])

    def modified_at(self, path: str) -> datetime:
        """Return when the file was written (aware). Raises `MissingFile` or `Unavailable`."""
        with _in_our_words(f"look at {path}"):
            moment: datetime = self.fs.modified(self._full(path))
            return moment.astimezone()

    def remove(self, path: str) -> None:
        """Remove the file; does nothing when there is none. Raises `Unavailable`."""
        try:
            with _in_our_words(f"remove {path}"):
                self.fs.rm_file(self._full(path))
        except MissingFile:
            pass

    def discard(self, paths: Iterable[str]) -> None:
        """Remove files that are not needed after all; what fails is left to the sweep."""

        def remove_all() -> None:
            for path in paths:
                with suppress(FileNotFoundError):
                    self.fs.rm_file(self._full(path))

        without_waiting(remove_all)

    def walk(self) -> Iterator[str]:
        """Yield the path of every file, those of cut-off writes too. Raises `Unavailable`."""
        with _in_our_words("list the files"):
            self.fs.invalidate_cache()
            found = self.fs.find(self.root) if self.fs.exists(self.root) else []
            prefix = f"{self.root}/".lstrip("/")
            for name in found:
                yield str(name).lstrip("/").removeprefix(prefix)

    def signed_url(self, path: str, *, seconds: int, **headers: str) -> str | None:
        """Return an address that serves the file for some seconds with these response headers.

        None where the file system cannot sign: only ``s3`` can.
        """
        if self.protocol not in ("s3", "s3a"):
            return None
        with _in_our_words(f"sign {path}"):
            return str(self.fs.url(self._full(path), expires=seconds, **headers))

    def _full(self, path: str) -> str:
        return f"{self.root}/{path}"


def _open_file_system(protocol: str, options: Mapping[str, Any]) -> AbstractFileSystem:
    if protocol not in ("s3", "s3a"):
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
    """A file of the store, whose failures are in our own words."""

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


def is_partial(path: str) -> bool:
    """Whether ``path`` is what a cut-off write left."""
    return path.startswith(f"{PARTS}/")


def storage_error(error: OSError) -> StorageFull | Unavailable:
    """Return the error of ours for one of the operating system's."""
    return StorageFull() if error.errno in _FULL else Unavailable()


@contextmanager
def _in_our_words(what: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise MissingFile(what) from error
    except OSError as error:
        logger.exception("The file store could not %s.", what)
        raise storage_error(error) from error
    except Exception as error:  # every object store has errors of its own
        logger.exception("The file store could not %s.", what)
        raise Unavailable from error
