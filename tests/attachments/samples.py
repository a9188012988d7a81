"""Files of every accepted type."""

from __future__ import annotations

import io
import random
import zipfile
from functools import cache
from pathlib import Path

from PIL import Image

_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"
#: The content type each end of a name is served with.
TYPES = {
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
    "webp": "image/webp", "pdf": "application/pdf", "txt": "text/plain", "log": "text/plain",
    "md": "text/markdown", "csv": "text/csv", "json": "application/json",
    "docx": f"{_OOXML}.wordprocessingml.document", "xlsx": f"{_OOXML}.spreadsheetml.sheet",
    "pptx": f"{_OOXML}.presentationml.presentation", "odt": f"{_ODF}.text",
    "ods": f"{_ODF}.spreadsheet", "odp": f"{_ODF}.presentation", "doc": "application/msword",
    "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
    "zip": "application/zip", "jfif": "image/jpeg", "heic": "image/heic", "avif": "image/avif",
    "mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm", "eml": "text/plain",
    "msg": "application/vnd.ms-outlook", "sql": "text/plain", "yaml": "text/plain",
}  # fmt: skip
FILES = Path(__file__).parent / "files"
#: The first bytes of an OLE compound file.
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@cache
def contents_of_all_types() -> list[tuple[str, bytes]]:
    """Return (end of name, bytes) of files of every accepted type, from one byte to megabytes."""
    script = b"<script>window.pwned=1</script>"
    return [
        ("png", picture("PNG", "RGBA")),
        ("png", animation("PNG")),
        ("jpg", picture("JPEG", "RGB", size=(640, 480), noise=True)),
        ("jpeg", picture("JPEG", "CMYK")),
        ("jfif", picture("JPEG", "RGB")),
        ("heic", (FILES / "photo.heic").read_bytes()),
        ("gif", animation("GIF")),
        ("webp", picture("WEBP", "RGB")),
        ("pdf", b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"),
        ("txt", b"x"),
        ("txt", "\ufeffBOM, Größe, 大きさ, 🎉\n".encode()),
        ("txt", script),
        ("log", b"\r\n\n\r--boundary\r\n\r\n--" * 9_000),
        ("md", b"# A heading\n\n* <img src=x onerror=window.pwned=1>\n"),
        ("csv", b'\xef\xbb\xbfname;size\r\n"=1+1";2\r\n'),
        ("json", b'{"html": "%b"}' % script),
        *((end, office(end)) for end in _MAIN),
        *((end, open_document(end)) for end in ("odt", "ods", "odp")),
        ("doc", OLE.ljust(512, b"\0") + b"\xec\xa5\xc1\x00".ljust(4_096, b"\0")),
        ("xls", OLE.ljust(512, b"\0") + b"\x09\x08\x10\x00\x00\x06\x05\x00".ljust(4_096, b"\0")),
        ("ppt", OLE.ljust(512, b"\0") + b"\xa0\x46\x1d\xf0".ljust(4_096, b"\0")),
        ("ppt", OLE.ljust(8_192, b"\0")),
        ("docx", ole("EncryptionInfo", "EncryptedPackage")),
        ("msg", ole("__properties_version1.0")),
        ("eml", b"From: a@example.org\r\nContent-Type: text/html\r\n\r\n%b" % script),
        ("sql", b"SELECT 1;\n"),
        ("yaml", b"a: 1\n"),
        ("avif", b"\0\0\0\x14ftypavif\0\0\0\0mif1" + script),
        ("mp4", b"\0\0\0\x14ftypisom\0\0\0\0mp41" + script),
        ("mov", b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + script),
        ("webm", b"\x1aE\xdf\xa3\x9fB\x82\x84webm" + script),
        ("zip", archive([])),
        ("zip", archive([("../evil.html", script), ("noise.bin", noise_of(3_000_000))])),
    ]


def noise_of(size: int) -> bytes:
    """Return the same ``size`` random bytes each time."""
    return random.Random(3).randbytes(size)


def picture(kind, mode, *, size=(40, 30), noise=False, **options) -> bytes:
    """Return a picture, of one colour or of noise."""
    image = Image.new(mode, size)
    if noise:
        image = Image.frombytes(mode, size, noise_of(size[0] * size[1] * len(mode)))
    return saved(image, kind, **options)


def saved(image: Image.Image, kind, **options) -> bytes:
    """Return the bytes of a picture's file."""
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def animation(kind: str) -> bytes:
    """Return three frames: red, green, blue."""
    red, *others = (Image.new("RGB", (40, 30), colour) for colour in ("red", "lime", "blue"))
    return saved(red, kind, save_all=True, append_images=others, duration=100, loop=0)


def archive(entries: list[tuple[str, bytes]]) -> bytes:
    """Return an uncompressed zip of these entries in this order."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for name, data in entries:
            file.writestr(zipfile.ZipInfo(name), data)  # without the current time
    return target.getvalue()


_MAIN = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}


def office(end: str) -> bytes:
    """Return an Office Open XML file."""
    names = ["[Content_Types].xml", "_rels/.rels", _MAIN[end], "docProps/app.xml"]
    return archive([(name, b"<xml/>" * 50) for name in names])


def ole(*streams: str) -> bytes:
    """Return an OLE compound file whose directory is after a chunk of 256 KB."""
    names = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in streams)
    return OLE + noise_of(262_100) + names + bytes(600)


def open_document(end: str) -> bytes:
    """Return an Open Document file; its type comes first."""
    return archive([("mimetype", TYPES[end].encode()), ("content.xml", b"<xml/>" * 50)])
