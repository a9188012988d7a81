"""Write a file completely or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any, BinaryIO

#: The folder of files that are being written.
PARTS = "incoming"
_CHUNK_BYTES = 1024 * 1024
_PART_BYTES = 8 * 1024 * 1024
_PATIENCE_SECONDS = 0.5


def write_local(fs: Any, root: str, path: str, source: BinaryIO) -> None:
    """Write under a temporary name, flush to the disk, and only then give it its name."""
    part = f"{root}/{PARTS}/{secrets.token_hex(16)}.part"
    target = f"{root}/{path}"
    for folder in (PARTS, str(PurePosixPath(path).parent)):
        fs.makedirs(f"{root}/{folder}", exist_ok=True)
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
    shelf = PurePosixPath(target).parent
    for each in (shelf, shelf.parent):  # the name itself, and a folder made for it
        _flush_folder(str(each))


def write_object(fs: Any, root: str, path: str, source: BinaryIO) -> None:
    """Send to a store where an object is there at once or not at all, and ask whether it is."""
    target = f"{root}/{path}"
    first = source.read(_PART_BYTES)
    if len(first) < _PART_BYTES:
        fs.pipe_file(target, first)
    else:
        _send_in_parts(fs, target, first, source)
    if fs.info(target)["size"] != source.tell():
        raise OSError(errno.EIO, "The store did not keep what it was sent", target)


def without_waiting(clean_up: Callable[[], object]) -> None:
    """Clean up after a failure; not waiting long for a store that may not answer any more."""

    def run() -> None:
        with suppress(Exception):
            clean_up()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(_PATIENCE_SECONDS)


def _send_in_parts(fs: Any, target: str, first: bytes, rest: BinaryIO) -> None:
    file = fs.open(target, "wb", block_size=_PART_BYTES)
    try:
        file.write(first)
        del first
        shutil.copyfileobj(rest, file, _CHUNK_BYTES)
        file.close()
    except BaseException:
        without_waiting(file.discard)
        with suppress(AttributeError):
            file.closed = True  # or else its finalizer would send what there is
        raise


def _flush_folder(path: str) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
