"""Files of every allowed type, and the names people and attackers give to files."""

from __future__ import annotations

import io
import random
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

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
    "zip": "application/zip",
}  # fmt: skip

#: How a file is called by its owner, and what is shown of it where that differs. ``ʒ`` stands for
#: the end of the name.
_NAMES: Sequence[tuple[str, str | None]] = [
    ("report.ʒ", None),
    ("Quarterly report (final) [v2], really.ʒ", None),
    ("日本語のファイル名.ʒ", None),
    ("简体中文，全角标点。.ʒ", None),
    ("한국어 문서.ʒ", None),
    ("تقرير المبيعات ٢٠٢٤.ʒ", None),
    ("דו״ח שנתי.ʒ", None),
    ("Отчёт за год.ʒ", None),
    ("हिन्दी दस्तावेज़.ʒ", None),
    ("ภาษาไทย.ʒ", None),
    ("👨\u200d👩\u200d👧\u200d👦 and 🏳️\u200d🌈.ʒ", None),
    (unicodedata.normalize("NFD", "Résumé Äpfel Ångström.ʒ"), None),
    (unicodedata.normalize("NFC", "Résumé Äpfel Ångström.ʒ"), None),
    ('She said "hello".ʒ', None),
    ("100%.ʒ", None),
    ("100%25 and %2e%2e%2f.ʒ", None),
    ("%s %n %(x)s {0.__class__} {{7*7}} ${7*7}.ʒ", None),
    # A browser sends a quotation mark like this, and nothing tells the two apart.
    ("a%22b.ʒ", 'a"b.ʒ'),
    ("#?&;=+.ʒ", None),
    ("it's `a`=b; filename=c.ʒ", None),
    ('"><img src=x onerror=window.pwned=1>.ʒ', None),
    ("<script>window.pwned=1<.ʒ", None),
    ("CON.ʒ", None),
    ("$HOME|`id`;!*:.ʒ", None),
    ("-rf --no-preserve-root.ʒ", None),
    (".hidden.ʒ", None),
    (".ʒ", None),
    ("two..dots...ʒ", None),
    ("archive.tar.gz.ʒ", None),
    ("x.html.ʒ", None),
    ("no end", None),
    ("trailing dot.ʒ.", "trailing dot.ʒ"),
    ("trailing spaces.ʒ  ", "trailing spaces.ʒ"),
    ("both.ʒ . .", "both.ʒ"),
    ("  leading spaces.ʒ", "leading spaces.ʒ"),
    ("../../etc/passwd.ʒ", "passwd.ʒ"),
    ("𝓕𝓪𝓷𝓬𝔂 🇺🇳 № ½ ﬁ.ʒ", None),
    ("İstanbul Straße ǆ.ʒ", None),
    ("/etc/shadow.ʒ", "shadow.ʒ"),
    ("..\\..\\windows\\win.ʒ", "win.ʒ"),
    ("C:\\Users\\alice\\photo.ʒ", "photo.ʒ"),
    ("one\r\nSet-Cookie: a=b\r\n\r\n.ʒ", "oneSet-Cookie: a=b.ʒ"),
    ("a\ttab, a bell\a, a NEL\x85.ʒ", "atab, a bell, a NEL.ʒ"),
    ("invoice\u202egpj.ʒ", "invoicegpj.ʒ"),
    ("zero\u200bwidth\ufeff\u2066.ʒ", "zerowidth.ʒ"),
    ("nul\0byte.ʒ", "nulbyte.ʒ"),
    ("長" * 200 + ".ʒ", None),
    ("x" * 600 + ".ʒ", None),
    ("é" * 120 + "e.ʒ", None),
    ("\u2028\u200e.ʒ", ".ʒ"),
]
_END = "ʒ"


@dataclass(frozen=True)
class Sample:
    """A file as it is sent, and as it should come back."""

    name: str
    #: The name it comes back under.
    shown: str
    data: bytes
    content_type: str


@cache
def hundred() -> list[Sample]:
    """Return one hundred files of all allowed types and sizes, with each of the names twice."""
    contents = contents_of_all_types()
    found = []
    for number in range(100):
        name, shown = _NAMES[number % len(_NAMES)]
        end, data = contents[number % len(contents)] if _END in name else contents[0]
        content_type = TYPES[end]
        end = end.upper() if number % 7 == 3 else end
        found.append(
            Sample(
                name.replace(_END, end),
                _cut((shown or name).replace(_END, end)),
                data,
                content_type,
            )
        )
    return found


def _cut(name: str) -> str:
    """Return ``name`` in at most 255 bytes, shortened in front of its end."""
    stem, dot, end = name.rpartition(".")
    while len(f"{stem}{dot}{end}".encode()) > 255:
        stem = stem[:-1]
    return f"{stem}{dot}{end}"


def in_a_form(name: str) -> str:
    """Return a file name as browsers write it into a form."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


@cache
def contents_of_all_types() -> list[tuple[str, bytes]]:
    """Return (end of name, bytes) of files of every allowed type, from one byte to megabytes."""
    ole, word, sheet, slides = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "word", "xl", "ppt"
    return [
        ("png", picture("PNG", "RGBA")),
        ("png", picture("PNG", "I;16")),
        ("png", picture("PNG", "RGB", size=(600, 500), noise=True)),
        ("png", animation("PNG")),
        ("jpg", picture("JPEG", "RGB", size=(640, 480), noise=True)),
        ("jpeg", picture("JPEG", "CMYK")),
        ("gif", animation("GIF")),
        ("webp", picture("WEBP", "RGB")),
        ("pdf", b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"),
        ("txt", b"x"),
        ("txt", b"".join(b"%09d a line\r\n" % line for line in range(120_000))),
        ("txt", "\ufeffBOM, Größe, 大きさ, 🎉\n".encode()),
        ("txt", b"<script>window.pwned=1</script>"),
        ("log", b"\r\n\n\r--boundary\r\n\r\n--" * 9_000),
        ("md", b"# A heading\n\n* <img src=x onerror=window.pwned=1>\n"),
        ("csv", b'\xef\xbb\xbfname;size\r\n"=1+1";2\r\n'),
        ("json", b'{"html": "<script>window.pwned=1</script>"}'),
        ("docx", office(word, by="Word")),
        ("docx", office(word, by="LibreOffice")),
        ("xlsx", office(sheet, by="Word")),
        ("xlsx", office(sheet, by="LibreOffice")),
        ("pptx", office(slides, by="Word")),
        ("pptx", office(slides, by="LibreOffice")),
        ("odt", open_document("odt")),
        ("ods", open_document("ods")),
        ("odp", open_document("odp")),
        ("doc", ole.ljust(512, b"\0") + b"\xec\xa5\xc1\x00".ljust(4_096, b"\0")),
        ("xls", ole.ljust(512, b"\0") + b"\x09\x08\x10\x00\x00\x06\x05\x00".ljust(4_096, b"\0")),
        ("ppt", ole.ljust(512, b"\0") + b"\xa0\x46\x1d\xf0".ljust(4_096, b"\0")),
        ("ppt", ole.ljust(8_192, b"\0")),
        ("zip", archive([])),
        ("zip", archive([("../evil.html", b"<script>window.pwned=1</script>")])),
        ("zip", archive([("noise.bin", noise_of(3_000_000))])),
    ]


def noise_of(size: int, seed: int = 3) -> bytes:
    """Return the same ``size`` random bytes each time."""
    return random.Random(seed).randbytes(size)


def picture(
    kind: str, mode: str, *, size: tuple[int, int] = (40, 30), noise: bool = False, **options: Any
) -> bytes:
    """Return a picture, of one colour or of noise."""
    image = Image.new(mode, size)
    if noise:
        image = Image.frombytes(mode, size, noise_of(size[0] * size[1] * len(mode)))
    return saved(image, kind, **options)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return the bytes of a picture's file."""
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def animation(kind: str) -> bytes:
    """Return three frames: red, green, blue."""
    red, *others = (Image.new("RGB", (40, 30), colour) for colour in ("red", "lime", "blue"))
    return saved(red, kind, save_all=True, append_images=others, duration=100, loop=0)


def archive(entries: Sequence[tuple[str, bytes]]) -> bytes:
    """Return a zip of these entries in this order, none of them compressed."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for name, data in entries:
            file.writestr(name, data)
    return target.getvalue()


def office(folder: str, *, by: str) -> bytes:
    """Return an Office Open XML file with its entries in the order of that program."""
    main = {"word": "document", "xl": "workbook", "ppt": "presentation"}[folder]
    types, relations, properties = "[Content_Types].xml", "_rels/.rels", "docProps/app.xml"
    own = [f"{folder}/_rels/{main}.xml.rels", f"{folder}/{main}.xml", f"{folder}/styles.xml"]
    names = {
        "Word": [types, relations, *own, properties, "docProps/core.xml"],
        "LibreOffice": [relations, "docProps/core.xml", properties, *own, types],
    }[by]
    return archive([(name, b"<xml/>" * 50) for name in names])


def open_document(end: str) -> bytes:
    """Return an Open Document file: its type comes first, as it is."""
    names = ["content.xml", "styles.xml", "META-INF/manifest.xml"]
    return archive([("mimetype", TYPES[end].encode()), *((name, b"<xml/>" * 50) for name in names)])
