"""What a file is, by its bytes and its name (rule B2)."""

from __future__ import annotations

import io
import zipfile

import pytest

from flask_support_tickets.config import DEFAULT_TYPES
from flask_support_tickets.file_types import BINARY, content_type_of, extension_of, is_known

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def zipped(*names, first=b""):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), first)  # the same at any time
    return target.getvalue()


def told(data, name, allowed=DEFAULT_TYPES):
    stream = io.BytesIO(data)
    found = content_type_of(stream, name, allowed)
    assert stream.tell() == 0
    return found


@pytest.mark.parametrize(
    ("data", "name", "content_type"),
    [
        (PNG, "a.png", "image/png"), (PNG, "A.PNG", "image/png"), (PNG, "a", "image/png"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 20, "a.jpeg", "image/jpeg"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 20, "a.jpg", "image/jpeg"),
        (b"%PDF-1.7\n", "a.pdf", "application/pdf"),
        ("Grüße\n".encode(), "a.txt", "text/plain"), (b"x", "README", "text/plain"),
        (b"\xef\xbb\xbfx", "a.log", "text/plain"), (b"a,b", "a.csv", "text/csv"),
        (b"<html><script>", "a.txt", "text/plain"), (b"{}", "a.json", "application/json"),
        (zipped("x"), "a.zip", "application/zip"), (zipped(), "a.zip", "application/zip"),
        (zipped("[Content_Types].xml", "word/document.xml"), "a.docx", DOCX),
        (zipped("_rels/.rels", "customXml/item.xml"), "a.docx", DOCX),
        (zipped("[Content_Types].xml", "word/document.xml"), "a.zip", "application/zip"),
        (zipped("mimetype", first=b"application/vnd.oasis.opendocument.text"), "a.odt",
         "application/vnd.oasis.opendocument.text"),
        (OLE, "a.doc", "application/msword"), (OLE, "a.xls", "application/vnd.ms-excel"),
    ],
)  # fmt: skip
def test_bytes_and_name_that_agree_are_accepted(data, name, content_type):
    assert told(data, name) == content_type


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x7fELF" + b"\0" * 60, "a.png"), (b"<html>", "a.pdf"), (b"<html>", "a.png"),
        (PNG, "a.jpg"), (PNG, "a.txt"), (PNG, "a.exe"), (b"MZ\0", "a.exe"), (b"x", "a.html"),
        (b"<svg/>", "a.svg"), (b"<x/>", "a.xml"), (b"a\0b", "a.txt"), (b"\xff\xfea\0", "a.txt"),
        (b"caf\xe9", "a.txt"), (b"\xe2\x82", "a.txt"), (b"x", ".html"), (b"x", "a.php.unknown"),
        (b"PK\x03\x04", "a.docx"), (zipped("x"), "a.docx"), (zipped("x"), "a.odt"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "a.docx"), (b"x", "a.doc"),
        (b"\0\1\2", "noname"),
    ],
)  # fmt: skip
def test_everything_else_is_refused(data, name):
    assert told(data, name) is None


def test_text_that_a_browser_might_run_is_served_as_bytes_where_it_is_allowed():
    for name in ("a.html", "a.htm", "a.svg", "a.xml"):
        assert told(b"<x/>", name, allowed=("html", "htm", "svg", "xml")) == BINARY


def test_a_large_text_is_read_in_pieces_that_may_cut_a_character():
    text = ("é" * 300_000).encode()
    assert told(text, "a.txt") == "text/plain"
    assert told(b"x" + text, "a.txt") == "text/plain"
    assert told(text[:-1], "a.txt") is None


def test_names_and_their_ends():
    assert [extension_of(name) for name in ("a.TXT", "a", ".html", "a.tar.gz", "a.")] == [
        "txt", "", "html", "gz", "",
    ]  # fmt: skip
    assert all(is_known(name) for name in (*DEFAULT_TYPES, "mp4", "html"))
    assert not is_known("exotic")
