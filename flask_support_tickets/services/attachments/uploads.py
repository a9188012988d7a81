"""Validate and store uploaded files (rules B2 to B4)."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, BinaryIO, TypeVar

from babel.numbers import format_decimal
from sqlalchemy import select

from ...current import current_tickets
from ...errors import Invalid, Unavailable
from ...file_types import FileRefused, FileType, identify
from ...i18n import current_locale, gettext
from ...models.attachment import KEY_BYTES
from ...storage import storage_error
from ...text_rules import clean_file_name
from ...transaction import unit_of_work
from .previews import VARIANTS, make_previews

T = TypeVar("T")


@dataclass
class Upload:
    """A file received in a request."""

    #: The name from the request.
    filename: str
    stream: BinaryIO
    #: The size in bytes.
    size: int
    sha256: str
    #: The error that occurred while receiving the file, if any.
    failure: OSError | None = None

    @property
    def name(self) -> str:
        """The cleaned file name (B1)."""
        return clean_file_name(self.filename)

    @cached_property
    def file_type(self) -> FileType:
        """The detected type and the name to store. Raises `FileRefused` (B2)."""
        return identify(self.stream, self.name, current_tickets.config.attachment_types)


@dataclass(frozen=True)
class StoredUpload:
    """A file that is in the store but has no row yet."""

    storage_key: str
    filename: str
    content_type: str
    size: int
    sha256: str
    has_preview: bool


def store_path(storage_key: str, variant: str = "original") -> str:
    """Return the store path of a file or of one of its previews."""
    return f"{variant}/{storage_key[:2]}/{storage_key}"


def readable_size(size: int) -> str:
    """Return a localized size, such as ``10 MB``. A kilobyte is 1,024 bytes."""
    number, unit = float(size), gettext("bytes")
    for larger in (gettext("KB"), gettext("MB"), gettext("GB")):
        if number < 1_024:
            break
        number, unit = number / 1_024, larger
    return f"{format_decimal(round(number, 1), locale=current_locale())} {unit}"


def problem_with(upload: Upload) -> str | None:
    """Return why a file is rejected, or None if it is accepted (rules B2 and B3).

    Raises `StorageFull` or `Unavailable` if the file could not be received.
    """
    config = current_tickets.config
    if upload.failure is not None:
        raise storage_error(upload.failure) from upload.failure
    if upload.size > config.attachment_max_bytes:
        limit = readable_size(config.attachment_max_bytes)
        return gettext("The file is larger than %(limit)s.") % {"limit": limit}
    if not upload.size:
        return gettext("The file is empty.")
    try:
        _ = upload.file_type
    except FileRefused as refusal:
        return str(refusal)
    return None


def problems_with(uploads: Sequence[Upload]) -> list[str]:
    """Return a message for each rejected file, plus one if there are too many files."""
    limit = current_tickets.config.attachment_max_count
    each = [(upload.name, problem_with(upload)) for upload in uploads[:limit]]
    problems = [f"“{name}”: {problem}" for name, problem in each if problem]
    if len(uploads) > limit:
        problems.insert(
            0, gettext("Too many attachments. The limit is %(limit)d.") % {"limit": limit}
        )
    return problems


def with_files(work: Callable[..., T], *, uploads: Sequence[Upload] = (), **arguments: Any) -> T:
    """Store ``uploads`` and run ``work(files=…, **arguments)`` as a unit of work (rule B4).

    Files are written before the commit. They are removed if the unit fails, or if it does not use
    them because the form was sent twice. Raises any error from ``work``, one `Invalid` for all
    rejected files, and `StorageFull` or `Unavailable` if the store fails.
    """
    if not uploads:
        return unit_of_work(work, **arguments)
    if problems := problems_with(uploads):
        raise Invalid({"attachments": problems})
    files = store_files(uploads)
    keys = [file.storage_key for file in files]

    def work_and_check() -> tuple[T, set[str]]:
        result = work(files=files, **arguments)
        column = current_tickets.models.TicketAttachment.storage_key
        used = current_tickets.session.scalars(select(column).where(column.in_(keys)))
        return result, set(keys).difference(used)

    try:
        result, unused = unit_of_work(work_and_check)
    except Exception as error:
        if not (isinstance(error, Unavailable) and error.may_be_stored):
            _discard_files(keys)
        raise
    _discard_files(unused)
    return result


def store_files(uploads: Iterable[Upload]) -> list[StoredUpload]:
    """Write validated files to the store. If any write fails, remove all of the files."""
    store = current_tickets.store
    keys: list[str] = []
    stored: list[StoredUpload] = []
    try:
        for upload in uploads:
            content_type, name = upload.file_type.content_type, upload.file_type.filename
            key = secrets.token_hex(KEY_BYTES)
            keys.append(key)
            store.write(store_path(key), upload.stream)
            previews = make_previews(upload.stream, content_type)
            for variant, data in previews.items():
                store.write(store_path(key, variant), io.BytesIO(data))
            details = key, name, content_type, upload.size, upload.sha256
            stored.append(StoredUpload(*details, has_preview=bool(previews)))
    except BaseException:
        _discard_files(keys)
        raise
    return stored


def paths_of(storage_key: str) -> list[str]:
    """Return the store paths of a file and its possible previews."""
    return [store_path(storage_key, variant) for variant in ("original", *VARIANTS)]


def _discard_files(keys: Collection[str]) -> None:
    """Remove files that have no row. The sweep removes any that remain."""
    if keys:
        current_tickets.store.discard([path for key in keys for path in paths_of(key)])
