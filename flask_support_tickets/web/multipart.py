"""Take in files while they stream: counted, hashed, limited, and never in memory (rule B3)."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import tempfile
from contextlib import suppress
from typing import IO, Any, BinaryIO, cast

from flask import Request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from ..current import current_tickets
from ..services.attachments.uploads import Upload

#: Beyond this much, a file goes on in a temporary file on the disk.
_MEMORY_MAX_BYTES = 256 * 1024


class UploadStream(io.RawIOBase):
    """What one file part is written to. Over the limit, its bytes are let go."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.size = 0
        self.hash = hashlib.sha256()
        self.failure: OSError | None = None
        self._file = tempfile.SpooledTemporaryFile(_MEMORY_MAX_BYTES)  # noqa: SIM115

    @property
    def is_too_large(self) -> bool:
        return self.size > self.max_bytes

    def write(self, data: Any) -> int:
        self.size += len(data)
        if self.failure is None and not self.is_too_large:
            self.hash.update(data)
            try:
                self._file.write(data)
            except OSError as error:
                self.failure = error
        if self.failure is not None or self.is_too_large:
            self._let_go()
        return len(data)

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        try:
            return self._file.seek(offset, whence)
        except OSError as error:  # the last bytes written had no room
            self.failure = error
            self._let_go()
            return 0

    def tell(self) -> int:
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        super().close()
        self._close_file()

    def _let_go(self) -> None:
        self._close_file()
        self._file = tempfile.SpooledTemporaryFile(_MEMORY_MAX_BYTES)  # noqa: SIM115

    def _close_file(self) -> None:
        with suppress(OSError):  # of bytes that still wait for room
            self._file.close()


class _Counted:
    """A body, and how much of it came: not every server says that it was cut off.

    What does not go to files stays in memory, so all of it together has a limit.
    """

    def __init__(
        self, stream: IO[bytes], max_text_bytes: int | None, intakes: list[UploadStream]
    ) -> None:
        self.size = 0
        self._stream = stream
        self._max_text_bytes = max_text_bytes
        self._intakes = intakes

    def read(self, size: int = -1) -> bytes:
        in_files = sum(intake.size for intake in self._intakes)
        if self._max_text_bytes is not None and self.size - in_files > self._max_text_bytes:
            raise RequestEntityTooLarge
        data = self._stream.read(size)
        self.size += len(data)
        return data


class UploadParser(FormDataParser):
    """Reads the forms of the routes that take files. A body that ends early is a 400."""

    def __init__(self, stream_factory: Any = None, **options: Any) -> None:
        options["silent"] = False
        super().__init__(self._open_intake, **options)
        self._intakes: list[UploadStream] = []

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: Any = None
    ) -> Any:
        counted = _Counted(stream, self.max_form_memory_size, self._intakes)
        try:
            found = super().parse(cast(IO[bytes], counted), mimetype, content_length, options)
        except ValueError as error:
            raise BadRequest("The form is not whole.") from error
        if content_length is not None and counted.size < content_length:
            raise BadRequest("The body is not whole.")  # though it ends after the form's end
        return found

    def _open_intake(self, *args: Any, **options: Any) -> IO[bytes]:
        config = current_tickets.config
        is_one_too_many = len(self._intakes) > config.attachment_max_count
        intake = UploadStream(0 if is_one_too_many else config.attachment_max_bytes)
        self._intakes.append(intake)
        return cast(IO[bytes], intake)


def get_uploaded_files(request: Request, name: str) -> list[Upload]:
    """Return the files sent under ``name``; a file input that was left empty sends none."""
    found = [(_sent_name(storage), _intake(storage)) for storage in request.files.getlist(name)]
    return [
        Upload(
            filename=filename,
            stream=cast(BinaryIO, intake),
            size=intake.size,
            sha256=intake.hash.hexdigest(),
            is_too_large=intake.is_too_large,
            failure=intake.failure,
        )
        for filename, intake in found
        if filename or intake.size
    ]


def _sent_name(storage: FileStorage) -> str:
    """Return a file's name with the backslashes that browsers send as they are.

    To the header's grammar a backslash is an escape, so the parser takes them away.
    """
    header = storage.headers.get("Content-Disposition", "")
    plain = re.search(r';\s*filename="((?:[^"\\]|\\.)*)"', header, re.IGNORECASE)
    if plain is None or "\\" not in plain[1] or "filename*" in header.lower():
        return storage.filename or ""
    return plain[1].replace('\\"', '"')


def _intake(storage: FileStorage) -> UploadStream:
    """Return what a part was written to, even where the host had the form parsed before us."""
    if isinstance(storage.stream, UploadStream):
        return storage.stream
    intake = UploadStream(current_tickets.config.attachment_max_bytes)
    shutil.copyfileobj(storage.stream, intake)
    intake.seek(0)
    return intake
