"""Decide whether a file is accepted, and as which type (rule B2)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import BinaryIO

from ..text_rules import clean_file_name
from .content import Content, detect, is_utf8
from .extensions import (
    BINARY,
    IMAGES,
    PROGRAMS,
    TEXTS,
    canonical,
    content_type_of,
    matches,
    split_name,
)
from .refusals import FileRefused, misnamed, not_accepted, type_not_allowed

__all__ = ["BINARY", "FileRefused", "FileType", "identify"]


@dataclass(frozen=True)
class FileType:
    """The content type of an accepted file, and the name to store it under."""

    content_type: str
    filename: str
    #: The image format, as an extension, if the name had the extension of another one.
    corrected_to: str | None = None


def identify(stream: BinaryIO, filename: str, allowed: Collection[str]) -> FileType:
    """Return the type of the file in ``stream``, or raise `FileRefused` with the reason.

    ``allowed`` contains extensions. The content must match the extension of ``filename``. A name
    without an extension matches every type, and an image can have the extension of another image
    format, which is then corrected. Rewinds ``stream`` to its beginning.
    """
    stem, suffix = split_name(filename)
    extension, content = canonical(suffix), detect(stream)
    accepted = tuple(dict.fromkeys(map(canonical, allowed)))
    kind = _accepted_type(content, stem, extension, accepted)
    content_type = content_type_of(kind, content.kind)
    if kind in TEXTS and not is_utf8(stream):
        content_type = BINARY
    stream.seek(0)
    if extension in IMAGES and extension != kind:
        return FileType(content_type, clean_file_name(f"{stem}.{kind}"), corrected_to=kind)
    return FileType(content_type, filename)


def _accepted_type(content: Content, stem: str, extension: str, accepted: Collection[str]) -> str:
    """Return the extension that the file is accepted under, or raise `FileRefused`."""
    kind = content.kind
    if kind in IMAGES and kind in accepted and extension in IMAGES | {""}:
        return kind
    is_match = matches(extension, content)
    is_wanted = kind in accepted or (extension in accepted and is_match)
    if kind in PROGRAMS and not is_wanted:
        raise not_accepted(kind)
    if not extension:
        guess = "txt" if content.is_text and kind not in accepted else kind
        if guess in accepted:
            return guess
        raise not_accepted(kind, accepted) if kind else type_not_allowed(accepted)
    if extension not in accepted:
        raise type_not_allowed(accepted)
    if not is_match:
        raise misnamed(content, stem, extension, accepted)
    return extension
