"""Enforce limits while parsing multipart forms, and write large files to disk (rule B3)."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

from flask import Request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from ..current import current_tickets
from ..services.attachments.uploads import Upload

#: Files larger than this are moved from memory to disk.
_MEMORY_MAX_BYTES = 256 * 1024


class UploadFile(SpooledTemporaryFile[bytes]):
    """An uploaded file. Bytes beyond the limit or after a write error are only counted."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(_MEMORY_MAX_BYTES)
        self.max_bytes = max_bytes
        self.size = 0
        self.failure: OSError | None = None

    def write(self, data: Any) -> int:
        self.size += len(data)
        if self.failure is None and self.size <= self.max_bytes:
            try:
                super().write(data)
            except OSError as error:
                self.failure = error
        return len(data)

    def seek(self, *args: int) -> int:
        try:
            return super().seek(*args)
        except OSError as error:  # flushing failed
            self.failure = error
            return 0

    def close(self) -> None:
        with suppress(OSError):  # flushing failed
            super().close()


@dataclass
class _Body:
    """A form's body, with a limit on everything but file contents."""

    stream: IO[bytes]
    files: Sequence[UploadFile]
    max_text_bytes: int | None

    def read(self, size: int = -1) -> bytes:
        text_bytes = self.stream.tell() - sum(file.size for file in self.files)
        if self.max_text_bytes is not None and text_bytes > self.max_text_bytes:
            raise RequestEntityTooLarge
        return self.stream.read(size)


class UploadParser(FormDataParser):
    """The form parser for views with `accepts_files`. Rejects an incomplete body with 400."""

    def __init__(self, stream_factory: Any = None, **options: Any) -> None:
        super().__init__(self._open_file, **{**options, "silent": False})
        self._files: list[UploadFile] = []

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: Any = None
    ) -> Any:
        body = cast(IO[bytes], _Body(stream, self._files, self.max_form_memory_size))
        try:
            parsed = super().parse(body, mimetype, content_length, options)
            if content_length is not None and stream.tell() < content_length:
                raise ValueError("The body is shorter than its Content-Length.")
        except Exception as error:
            for file in self._files:
                file.close()
            if isinstance(error, ValueError):
                raise BadRequest("The form is incomplete.") from error
            raise
        return parsed

    def _open_file(self, *args: Any, **options: Any) -> IO[bytes]:
        config = current_tickets.config
        is_one_too_many = len(self._files) > config.attachment_max_count
        file = UploadFile(0 if is_one_too_many else config.attachment_max_bytes)
        self._files.append(file)
        return cast(IO[bytes], file)


def get_uploaded_files(request: Request, name: str) -> list[Upload]:
    """Return the files from the input ``name``, or an empty list if none were chosen."""
    uploads = [_upload(storage) for storage in request.files.getlist(name)]
    return [upload for upload in uploads if upload.filename or upload.size]


def _upload(storage: FileStorage) -> Upload:
    stream: Any = storage.stream
    if isinstance(stream, UploadFile):
        size, failure = stream.size, stream.failure
    else:  # the host has already parsed the form
        size, failure = stream.seek(0, io.SEEK_END), None
    sha256 = ""
    if failure is None and size <= current_tickets.config.attachment_max_bytes:
        stream.seek(0)
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return Upload(_sent_name(storage), stream, size, sha256, failure)


def _sent_name(storage: FileStorage) -> str:
    """Return a file's name with its backslashes intact.

    Browsers send them unescaped, so a parser that follows the grammar removes them.
    """
    header = storage.headers.get("Content-Disposition", "")
    plain = re.search(r';\s*filename="((?:[^"\\]|\\.)*)"', header, re.IGNORECASE)
    if plain is None or "\\" not in plain[1] or "filename*" in header.lower():
        return storage.filename or ""
    return plain[1].replace('\\"', '"')
