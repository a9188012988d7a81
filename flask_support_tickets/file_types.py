"""Determine a file's type from its content and compare it with its name (rule B2)."""

from __future__ import annotations

import codecs
from collections.abc import Collection
from typing import BinaryIO

import filetype

#: Where nothing better is known, and for text that a browser might run: it only ever downloads.
BINARY = "application/octet-stream"
#: Names of text files, and the content type they are served with.
_TEXTS = {
    "txt": "text/plain", "log": "text/plain", "md": "text/markdown", "csv": "text/csv",
    "json": "application/json", "yaml": "text/plain", "yml": "text/plain", "ini": "text/plain",
    "toml": "text/plain", "diff": "text/plain", "patch": "text/plain", "eml": "text/plain",
    "html": BINARY, "htm": BINARY, "xhtml": BINARY, "svg": BINARY, "xml": BINARY,
}  # fmt: skip
#: Other ends of the same types; an animated PNG is called png by everybody but filetype.
_ALIASES = {"jpeg": "jpg", "tiff": "tif", "apng": "png"}
#: Formats packed as a zip archive or as an OLE compound file, which share their first bytes.
_ZIPPED = frozenset({"zip", "docx", "xlsx", "pptx", "odt", "ods", "odp", "epub", "jar"})
_OLE = frozenset({"doc", "xls", "ppt"})
_ZIP_MAGIC = b"PK\x03\x04"
_EMPTY_ZIP_MAGIC = b"PK\x05\x06"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: What stands at the beginning of an Office Open XML file, whichever program packed it.
_OOXML_MARKS = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"customXml/")
_HEAD_BYTES = 8_192
_CHUNK_BYTES = 256 * 1024

#: Types the ``images`` extra can make a thumbnail of.
IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def is_known(extension: str) -> bool:
    """Whether files with this end of name can be told by their bytes."""
    name = _ALIASES.get(extension, extension)
    return name in _TEXTS or filetype.get_type(ext=name) is not None


def content_type_of(stream: BinaryIO, filename: str, allowed: Collection[str]) -> str | None:
    """Return the content type of the file in ``stream``, or None when it is not accepted.

    Its bytes must be of a type whose end of name is in ``allowed``, and must agree with the end
    of ``filename``; a name without an end agrees with anything. Text is what is UTF-8 without a
    NUL. ``stream`` is left at its beginning.
    """
    _, dot, end = filename.rpartition(".")
    extension = _ALIASES.get(end.lower(), end.lower()) if dot else ""
    names = {_ALIASES.get(each, each) for each in allowed}
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    if not extension:
        extension = _extension_by_bytes(head) or ("txt" if _is_text(stream) else "")
    is_accepted = extension in names and (
        _is_text(stream) if extension in _TEXTS else _agrees(head, extension)
    )
    stream.seek(0)
    if not is_accepted:
        return None
    return _TEXTS.get(extension) or str(filetype.get_type(ext=extension).mime)


def _extension_by_bytes(head: bytes) -> str:
    kind = filetype.guess(head)
    return "" if kind is None else _ALIASES.get(kind.extension, str(kind.extension))


def _agrees(head: bytes, extension: str) -> bool:
    found = _extension_by_bytes(head)
    if extension in _OLE:
        return head.startswith(_OLE_MAGIC) and found in _OLE | {""}
    if extension == "zip":
        return found in _ZIPPED or head.startswith(_EMPTY_ZIP_MAGIC)
    if extension in ("docx", "xlsx", "pptx") and found in ("zip", ""):
        return head.startswith(_ZIP_MAGIC) and any(mark in head for mark in _OOXML_MARKS)
    return found == extension


def _is_text(stream: BinaryIO) -> bool:
    """Whether the whole of ``stream`` is UTF-8 without a NUL."""
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
