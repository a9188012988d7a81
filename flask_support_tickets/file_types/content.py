"""Recognize what a file contains. The filetype package knows most formats by their signature."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import BinaryIO

import filetype

_HEAD_BYTES = 8_192
_CHUNK_BYTES = 256 * 1024
#: Signatures that filetype lacks, or that it only recognizes in large files.
_SIGNATURES = {
    b"\x7fELF": "elf", b"\xfe\xed\xfa": "macho", b"\xce\xfa\xed\xfe": "macho",
    b"\xcf\xfa\xed\xfe": "macho", b"\xca\xfe\xba\xbe": "class", b"dex\n": "dex",
    b"L\0\0\0\x01\x14\x02\0": "lnk", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "ole",
}  # fmt: skip
#: Formats that are text themselves. Other signatures could be the first letters of a text.
_TEXT_FORMATS = frozenset({"pdf", "ps", "rtf"})
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
#: Control characters that are rare in text: not the tab, line ends, bell, backspace or escape.
_ODD = frozenset(range(1, 32)) - frozenset(b"\a\b\t\n\v\f\r\x1b") | {0x7F}
_MARKUP = re.compile(
    rb"\s*+(?>(?><!--.*?-->\s*+)*)<(?:(?P<html>(?:!doctype\s+html|html|head|body|meta|title|table"
    rb"|script|style|div|center|p|br)\b)|(?P<svg>svg\b)|(?P<xml>\?xml\b))",
    re.IGNORECASE | re.DOTALL,
)
_ZIP_MAGIC = b"PK\x03\x04"
#: Names near the beginning of an Office Open XML file, depending on the program that wrote it.
_OOXML_NAMES = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"customXml/")
#: The streams that identify the content of an OLE compound file. The last is the class id of
#: installers.
_OLE_STREAMS = {
    "msg": "__properties_version1.0".encode("utf-16-le"),
    "encrypted": "EncryptedPackage".encode("utf-16-le"),
    "doc": "WordDocument".encode("utf-16-le"),
    "xls": "Workbook".encode("utf-16-le"),
    "ppt": "PowerPoint Document".encode("utf-16-le"),
    "msi": b"\x84\x10\x0c\0\0\0\0\0\xc0\0\0\0\0\0\0\x46",
}
_IMAGE_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_ISO_BRANDS = {b"avif": "avif", b"avis": "avif", b"qt  ": "mov", b"M4A ": "m4a", b"M4B ": "m4a"}
_QUICKTIME_ATOMS = (b"moov", b"mdat", b"wide", b"free", b"skip")


@dataclass(frozen=True)
class Content:
    """The detected content of a file."""

    #: The format, as an extension; empty for plain text and unknown formats.
    kind: str
    is_text: bool
    #: Whether a PDF starts in the first kilobyte, where printers put their own commands.
    has_pdf: bool


def detect(stream: BinaryIO) -> Content:
    """Detect the content of ``stream`` from its beginning."""
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    has_pdf = b"%PDF-" in head[:1_029]
    if head.startswith(_UTF16_MARKS):
        return Content(_markup_in(head.replace(b"\0", b"")[2:]), True, has_pdf)
    kind, is_text = _signature(head), _looks_like_text(head)
    if kind and kind not in _TEXT_FORMATS:
        is_text = is_text and b"\0" not in head and not _ODD.intersection(head[:64])
        kind = "" if is_text else kind
    if kind == "ole":
        kind = _ole_kind(stream) or kind
    if is_text:
        kind = kind or _markup_in(head)
    elif has_pdf:
        kind = kind or "pdf"
    return Content(kind, is_text, has_pdf)


def is_utf8(stream: BinaryIO) -> bool:
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


def _looks_like_text(head: bytes) -> bool:
    """Return whether ``head`` can be text in any encoding, even if a crash left NUL bytes in it.

    Text has few control characters, or only some of them, as separators. Binary files have many.
    """
    visible = head.replace(b"\0", b"")
    odd = [byte for byte in visible if byte in _ODD]
    is_separated = len(set(odd)) <= 3 and 3 * len(odd) <= 2 * len(visible)
    return is_separated or 50 * len(odd) <= len(visible)


def _signature(head: bytes) -> str:
    """Return the format whose signature ``head`` has, or an empty string."""
    own = next((kind for magic, kind in _SIGNATURES.items() if head.startswith(magic)), "")
    if kind := own or _iso_kind(head):
        return kind
    found = filetype.guess(head)
    kind = "" if found is None else str(found.extension).lower()
    if kind in ("zip", "") and head.startswith(_ZIP_MAGIC):
        return "ooxml" if any(name in head for name in _OOXML_NAMES) else "zip"
    return "png" if kind == "apng" else kind


def _iso_kind(head: bytes) -> str:
    """Return the kind of an ISO base media file: HEIC, AVIF, MP4, QuickTime or M4A."""
    if head[4:8] in _QUICKTIME_ATOMS:
        return "mov"
    if head[4:8] != b"ftyp":
        return ""
    size = min(int.from_bytes(head[:4], "big"), 256)
    brands = [head[8:12], *(head[start : start + 4] for start in range(16, size, 4))]
    if brands[0] in (b"mif1", b"msf1"):
        return "avif" if b"avif" in brands else "heic"
    return "heic" if brands[0] in _IMAGE_BRANDS else _ISO_BRANDS.get(brands[0], "mp4")


def _ole_kind(stream: BinaryIO) -> str:
    """Return the kind of an OLE compound file. Its directory can be anywhere in the file."""
    found: set[str] = set()
    tail = b""
    stream.seek(0)
    while chunk := stream.read(_CHUNK_BYTES):
        window = tail + chunk
        found.update(kind for kind, name in _OLE_STREAMS.items() if name in window)
        tail = chunk[-64:]
    return next((kind for kind in _OLE_STREAMS if kind in found), "")


def _markup_in(head: bytes) -> str:
    found = _MARKUP.match(head.removeprefix(codecs.BOM_UTF8))
    if found is None:
        return ""
    return "html" if b"<html" in head.lower() else str(found.lastgroup)
