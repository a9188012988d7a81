"""Determine a file's type from its content and compare it with its name (rule B2)."""

from __future__ import annotations

import codecs
from collections.abc import Collection
from typing import BinaryIO

import filetype

#: The type for unknown files and text that browsers might execute. These are only downloaded.
BINARY = "application/octet-stream"
#: Extensions of text files, and the content types they are served with.
_TEXTS = {
    "txt": "text/plain", "log": "text/plain", "md": "text/markdown", "csv": "text/csv",
    "json": "application/json", "yaml": "text/plain", "yml": "text/plain", "ini": "text/plain",
    "toml": "text/plain", "diff": "text/plain", "patch": "text/plain", "eml": "text/plain",
    "html": BINARY, "htm": BINARY, "xhtml": BINARY, "svg": BINARY, "xml": BINARY,
}  # fmt: skip
#: Alternative extensions. Only the filetype package tells "apng" and "png" apart.
_ALIASES = {"jpeg": "jpg", "tiff": "tif", "apng": "png"}
#: Formats based on ZIP archives or OLE compound files, which share their first bytes.
_ZIPPED = frozenset({"zip", "docx", "xlsx", "pptx", "odt", "ods", "odp", "epub", "jar"})
_OLE = frozenset({"doc", "xls", "ppt"})
_ZIP_MAGIC = b"PK\x03\x04"
_EMPTY_ZIP_MAGIC = b"PK\x05\x06"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Names near the beginning of an Office Open XML file, depending on the program that wrote it.
_OOXML_NAMES = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"customXml/")
_HEAD_BYTES = 8_192
_CHUNK_BYTES = 256 * 1024

#: Types for which the ``images`` extra can create previews.
IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def is_known(extension: str) -> bool:
    """Return whether files with this extension can be recognized by their content."""
    name = _ALIASES.get(extension, extension)
    return name in _TEXTS or filetype.get_type(ext=name) is not None


def content_type_of(stream: BinaryIO, filename: str, allowed: Collection[str]) -> str | None:
    """Return the content type of the file in ``stream``, or None if it is not accepted.

    The content must match the extension of ``filename``, if it has one, and that extension must
    be in ``allowed``. Text must be UTF-8 without NUL bytes. Rewinds ``stream`` to its beginning.
    """
    _, dot, suffix = filename.rpartition(".")
    extension = _ALIASES.get(suffix.lower(), suffix.lower()) if dot else ""
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    if not extension:
        extension = _guess_extension(head) or ("txt" if _is_text(stream) else "")
    is_accepted = extension in {_ALIASES.get(each, each) for each in allowed} and (
        _is_text(stream) if extension in _TEXTS else _matches(head, extension)
    )
    stream.seek(0)
    if not is_accepted:
        return None
    return _TEXTS.get(extension) or str(filetype.get_type(ext=extension).mime)


def _guess_extension(head: bytes) -> str:
    kind = filetype.guess(head)
    return "" if kind is None else _ALIASES.get(kind.extension, str(kind.extension))


def _matches(head: bytes, extension: str) -> bool:
    found = _guess_extension(head)
    if extension in _OLE:
        return head.startswith(_OLE_MAGIC) and found in _OLE | {""}
    if extension == "zip":
        return found in _ZIPPED or head.startswith(_EMPTY_ZIP_MAGIC)
    if extension in ("docx", "xlsx", "pptx") and found in ("zip", ""):
        return head.startswith(_ZIP_MAGIC) and any(name in head for name in _OOXML_NAMES)
    return found == extension


def _is_text(stream: BinaryIO) -> bool:
    """Return whether all of ``stream`` is UTF-8 without NUL bytes."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    stream.seek(0)
    try:
        while chunk := stream.read(_CHUNK_BYTES):
            if b"\0" in chunk:
                return False
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
