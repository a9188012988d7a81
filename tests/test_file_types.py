"""The type of a file follows from its bytes and must match its name. Rule B2. Cases 56, 72."""

from __future__ import annotations

import io
import zipfile

import pytest

from flask_support_tickets.config import DEFAULT_TYPES
from flask_support_tickets.file_types import BINARY, content_type_of, is_known

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def zipped(*names, data=b""):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), data)
    return target.getvalue()


def detect(data, name, allowed=DEFAULT_TYPES):
    stream = io.BytesIO(data)
    found = content_type_of(stream, name, allowed)
    assert stream.tell() == 0
    return found


@pytest.mark.parametrize(
    ("data", "name", "content_type"),
    [
        (PNG, "a.png", "image/png"), (PNG, "A.PNG", "image/png"), (PNG, "a", "image/png"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 20, "a.jpeg", "image/jpeg"),
        (b"%PDF-1.7\n", "a.pdf", "application/pdf"),
        ("Grüße\n".encode(), "a.txt", "text/plain"), (b"x", "README", "text/plain"),
        (b"\xef\xbb\xbfx", "a.log", "text/plain"), (b"a,b", "a.csv", "text/csv"),
        (b"<html><script>", "a.txt", "text/plain"), (b"{}", "a.json", "application/json"),
        (zipped("x"), "a.zip", "application/zip"), (zipped(), "a.zip", "application/zip"),
        (zipped("[Content_Types].xml", "word/document.xml"), "a.docx", DOCX),
        (zipped("_rels/.rels", "customXml/item.xml"), "a.docx", DOCX),
        (zipped("[Content_Types].xml", "word/document.xml"), "a.zip", "application/zip"),
        (zipped("mimetype", data=b"application/vnd.oasis.opendocument.text"), "a.odt",
         "application/vnd.oasis.opendocument.text"),
        (OLE, "a.doc", "application/msword"), (OLE, "a.xls", "application/vnd.ms-excel"),
    ],
)  # fmt: skip
def test_file_whose_bytes_match_its_name_is_accepted(data, name, content_type):
    assert detect(data, name) == content_type


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x7fELF" + b"\0" * 60, "a.png"), (b"<html>", "a.pdf"), (b"<html>", "a.png"),
        (PNG, "a.jpg"), (PNG, "a.txt"), (PNG, "a.exe"), (b"MZ\0", "a.exe"), (b"x", "a.html"),
        (b"<svg/>", "a.svg"), (b"<x/>", "a.xml"), (b"a\0b", "a.txt"), (b"\xff\xfea\0", "a.txt"),
        (b"caf\xe9", "a.txt"), (b"\xe2\x82", "a.txt"), (b"x", ".html"), (b"x", "a.php.unknown"),
        (b"Rar!\x1a\x07\x00", "a.zip"), (b"PK\x03\x04", "a.docx"), (zipped("x"), "a.docx"),
        (zipped("x"), "a.odt"), (zipped("[Content_Types].xml", "xl/workbook.xml"), "a.docx"),
        (b"x", "a.doc"), (b"\0\1\2", "noname"),
    ],
)  # fmt: skip
def test_file_whose_bytes_contradict_its_name_is_refused(data, name):
    assert detect(data, name) is None


def test_text_that_browser_might_run_is_plain_bytes():
    for name in ("a.html", "a.htm", "a.svg", "a.xml"):
        assert detect(b"<x/>", name, allowed=("html", "htm", "svg", "xml")) == BINARY


def test_large_text_may_have_characters_at_edges_of_reads():
    text = ("é" * 300_000).encode()
    assert detect(text, "a.txt") == "text/plain"
    assert detect(b"x" + text, "a.txt") == "text/plain"
    assert detect(text[:-1], "a.txt") is None


def test_every_default_type_can_be_detected():
    assert all(is_known(name) for name in (*DEFAULT_TYPES, "mp4", "html"))
    assert not is_known("exotic")
