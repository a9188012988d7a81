"""The type of a file follows from its bytes and must match its name. Rule B2. Cases 56, 72."""

from __future__ import annotations

import gzip
import io
import random

import pytest

from flask_support_tickets.config import DEFAULT_TYPES
from flask_support_tickets.file_types import BINARY, FileRefused, identify
from flask_support_tickets.file_types.extensions import acceptable
from flask_support_tickets.file_types.refusals import type_list

from .attachments.samples import OLE, archive, office, ole

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 20
WEBP = b"RIFF\x20\0\0\0WEBPVP8 " + b"\0" * 20
EXE = b"MZ\x90\0\3" + b"\0" * 60
GZ = gzip.compress(b"words" * 99, mtime=0)
ENCRYPTED = ole("EncryptionInfo", "EncryptedPackage")
INSTALLER = OLE + b"\0" * 600 + b"\x84\x10\x0c\0\0\0\0\0\xc0\0\0\0\0\0\0\x46"
NOISE = random.Random(1).randbytes(5_000)
TEXT = b"some words\n"


def iso(brand, *others):
    """Return the beginning of an ISO base media file."""
    brands = b"".join((brand, b"\0\0\0\0", brand, *others))
    return (len(brands) + 8).to_bytes(4, "big") + b"ftyp" + brands + b"\0" * 40


def detect(data, name, allowed=DEFAULT_TYPES):
    stream = io.BytesIO(data)
    found = identify(stream, name, allowed)
    assert stream.tell() == 0
    return found


def reason(data, name, allowed=DEFAULT_TYPES):
    with pytest.raises(FileRefused) as refusal:
        identify(io.BytesIO(data), name, allowed)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("data", "name", "content_type"),
    [
        (PNG, "a.png", "image/png"), (PNG, "A.PNG", "image/png"), (PNG, "a", "image/png"),
        *((JPEG, f"a.{end}", "image/jpeg") for end in ("jpg", "jpeg", "jpe", "jfif", "JFIF")),
        *((iso(brand, b"mif1"), "a.heic", "image/heic") for brand in (b"heic", b"heix", b"hevc")),
        (iso(b"mif1", b"miaf"), "a.heif", "image/heic"), (iso(b"avif"), "a.avif", "image/avif"),
        (iso(b"mif1", b"avif"), "a.avif", "image/avif"),
        (iso(b"isom"), "a.mp4", "video/mp4"), (iso(b"iso5"), "a.mp4", "video/mp4"),
        (iso(b"qt  "), "a.mov", "video/quicktime"), (iso(b"isom"), "a.mov", "video/mp4"),
        (b"\0\0\0\x08wide\0\0\1\0mdat" + bytes(9), "old.mov", "video/quicktime"),
        (b"\x1aE\xdf\xa3\x9fB\x82\x84webm" + bytes(9), "a.webm", "video/webm"),
        (b"%PDF-1.7\n", "a.pdf", "application/pdf"),
        *((junk + b"%PDF-1.4\n", "a.pdf", "application/pdf")
          for junk in (b"\r\n\r\n", b"\x1b%-12345X@PJL\n", bytes(128), b" " * 1_024, b"<br />\n")),
        *((data, "a.zip", "application/zip")
          for data in (archive([]), archive([("x", b"")]), office("docx"))),
        *((data, f"a.{end}", None) for end in ("docx", "xlsx", "pptx")
          for data in (office(end), ENCRYPTED)),
        (archive([("_rels/.rels", b""), ("customXml/item.xml", b"")]), "a.docx", None),
        (archive([("mimetype", b"application/vnd.oasis.opendocument.text")]), "a.odt", None),
        (OLE + bytes(600), "a.doc", "application/msword"), (ole("WordDocument"), "a", None),
        (ole("Workbook"), "a.xls", "application/vnd.ms-excel"),
        (ole("__properties_version1.0", "WordDocument"), "a.msg", "application/vnd.ms-outlook"),
    ],
)  # fmt: skip
def test_file_whose_bytes_match_its_name_is_accepted(data, name, content_type):
    found = detect(data, name)
    assert found.filename == name
    assert found.content_type == content_type or content_type is None


@pytest.mark.parametrize(
    ("data", "end", "content_type"),
    [
        ("Grüße\n".encode(), "txt", "text/plain"), (b"\xef\xbb\xbfx", "log", "text/plain"),
        (b"a,b", "csv", "text/csv"), (b"a\tb", "tsv", "text/tab-separated-values"),
        (b"# a", "md", "text/markdown"), (b"{}", "json", "application/json"),
        (b"<html><script>", "txt", "text/plain"), (b"<svg/>", "log", "text/plain"),
        # Not UTF-8, so the charset is unknown.
        (b"M\xfcller;K\xf6ln\r\n", "csv", BINARY), (b"one bad byte\xff\n", "log", BINARY),
        (b"before\n" + bytes(5_000) + b"after\n", "log", BINARY), (bytes(5_000), "log", BINARY),
        *(("Straße é\n".encode(charset), "log", BINARY)
          for charset in ("utf-16", "utf-16-le", "utf-32", "cp437")),
        (b"\xfe\xff" + "<html>é".encode("utf-16-be"), "txt", BINARY),
        ("错误：文件不存在\n".encode("gbk") * 30, "log", BINARY),
        ("エラーが発生しました\n".encode("shift-jis") * 30, "log", BINARY),
        ("錯誤：檔案不存在\n".encode("big5") * 30, "log", BINARY),
        ("오류가 발생했습니다\n".encode("euc-kr") * 30, "log", BINARY),
        ("Ошибка файла\n".encode("koi8-r") * 30, "log", BINARY),
        # The first letters are the signature of another format.
        (b"BMW;2026\n", "csv", "text/csv"), (b"MZ;2026\n", "csv", "text/csv"),
        (b"ID3 tag missing\n", "log", "text/plain"), ("βρέθηκε".encode(), "txt", "text/plain"),
        # Control characters as colors, separators, and by accident.
        (b"\x1b[31mred\x1b[0m\b\b\n" * 50, "log", "text/plain"), (b"a\1b", "txt", "text/plain"),
        (b"8=FIX.4.2\x019=65\x0135=A\x01\n" * 50, "log", "text/plain"),
    ],
)  # fmt: skip
def test_text_in_any_encoding_is_accepted(data, end, content_type):
    assert detect(data, f"a.{end}").content_type == content_type


def test_text_extensions_are_accepted_by_default():
    for end in (
        "txt", "log", "csv", "tsv", "md", "json", "jsonl", "har", "ndjson", "sql", "ics", "yaml",
        "yml", "ini", "conf", "diff", "patch", "eml",
    ):  # fmt: skip
        assert detect("Größe\n".encode("cp1252"), f"a.{end}").content_type == BINARY
        assert detect(TEXT, f"a.{end}").content_type.partition("/")[0] in ("text", "application")


@pytest.mark.parametrize(
    "name",
    [
        "app.log.1", "app.log.2026-11-28", "app.log.2026-11-28T10", "app-2026-11-28.log",
        "messages.old", "error_log-20261128", "syslog.0", "app.log.bak", "app.log.1 (2)",
        "notes.txt~", "README", "Version 1.2 final",
    ],
)  # fmt: skip
def test_rotated_log_is_text_and_keeps_its_name(name):
    assert detect(TEXT, name).filename == name
    assert "archive (GZ)" in reason(GZ, name)
    assert "program" in reason(EXE, name)


@pytest.mark.parametrize(
    ("data", "name", "stored"),
    [
        (JPEG, "photo.png", "photo.jpg"), (WEBP, "photo.jpg", "photo.webp"),
        (PNG, "a.b.GIF", "a.b.png"), (iso(b"heic"), "IMG_1.JPG", "IMG_1.heic"),
        (JPEG, "photo.png.1", "photo.jpg"), (JPEG, ".png", ".jpg"), (JPEG, "photo", "photo"),
        (JPEG, "photo.jfif", "photo.jfif"),
    ],
)  # fmt: skip
def test_bytes_of_image_decide_its_extension(data, name, stored):
    assert detect(data, name).filename == stored


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (EXE, "a.exe", "This is a Windows program, which isn't accepted."),
        (EXE, "a.png", "This is a Windows program, which"), (EXE, "a.txt", "a Windows program"),
        (EXE + b"%PDF-1.4", "a.pdf", "a Windows program"),
        (INSTALLER, "a.doc", "a Windows program"),
        (b"\x7fELF" + bytes(60), "a.png", "a Linux program"),
        (b"\xcf\xfa\xed\xfe" + bytes(60), "a.zip", "a macOS program"),
        (b"<html><table>", "a.xls",
         "This is really a web page (HTML). Save it as .xlsx and try again."),
        (b"\n<!-- saved --> <TABLE>", "a.xls", "a web page (HTML)"),
        ("<html>".encode("utf-16"), "a.doc", "(HTML). Save it as .docx"),
        (b"<?xml version='1.0'?><Workbook>", "a.xls", "an XML file. Save it as .xlsx"),
        (b"<html>", "a.pdf", "a web page (HTML). Save it as .pdf"), (b"<p>", "a.png", "(HTML)"),
        (b"a;b", "a.xls", "plain text. Rename it to “a.txt” and try again."),
        (b"{\\rtf1 x}", "a.doc", "a document (RTF). Save it as .docx"),
        (ole("WordDocument"), "a.docx", "a document (DOC). Rename it to “a.doc”"),
        (office("xlsx"), "a.docx", "a document (XLSX). Rename it to “a.xlsx”"),
        (office("docx"), "a.doc", "a document (DOCX). Rename it to “a.docx”"),
        (archive([("x", b"")]), "a.docx", "an archive (ZIP). Rename it to “a.zip”"),
        (archive([("x", b"")]), "a.log", "an archive (ZIP). Rename it to “a.zip”"),
        (b"Rar!\x1a\7\0" + bytes(9), "a.zip", "an archive (RAR). Save it as .zip"),
        (GZ, "a.log", "an archive (GZ), which isn't accepted. Allowed types: images (PNG"),
        (ENCRYPTED, "a.pdf", "a password-protected Office document. Give it back its original"),
        (PNG, "a.txt", "an image (PNG). Rename it to “a.png”"), (PNG, "a.pdf", "an image (PNG)"),
        (b"BM" + bytes(60), "a.png", "an image (BMP). Save it as .png"),
        (b"%PDF-1.4\n", "a.txt", "a document (PDF). Rename it to “a.pdf”"),
        (b" " * 1_100 + b"%PDF-1.4", "a.pdf", "plain text"),
        (iso(b"isom"), "a.log", "a video (MP4). Rename it to “a.mp4”"),
        (NOISE, "a.log", "This isn't text."), (b"\1\2\3", "a.txt", "This isn't text."),
        (NOISE, "a.png", "This isn't a PNG file, or it's damaged."),
        (b"PK\x03\x04", "a.docx", "(ZIP)"), (NOISE, "noname", "This file type isn't allowed."),
        *((TEXT, name, "This file type isn't allowed. Allowed types: images (PNG, JPG, GIF, WEBP, ")
          for name in ("a.html", "a.svg", "a.xml", ".html", "a.php.unknown", "a.sh")),
        (PNG, "a.exe", "This file type isn't allowed."), (GZ, "app.log.gz", "Allowed types: "),
        (office("docx"), "a.docm", "This file type isn't allowed."),
    ],
)  # fmt: skip
def test_refusal_names_the_reason_and_what_to_do(data, name, words):
    assert words in reason(data, name)


def test_text_that_browser_might_run_is_plain_bytes():
    for name in ("a.html", "a.htm", "a.svg", "a.xml"):
        assert detect(b"<x/>", name, allowed=("html", "htm", "svg", "xml")).content_type == BINARY


def test_large_text_may_have_characters_at_edges_of_reads():
    text = ("é" * 300_000).encode()
    assert detect(text, "a.txt").content_type == "text/plain"
    assert detect(b"x" + text, "a.txt").content_type == "text/plain"
    assert detect(text[:-1], "a.txt").content_type == BINARY


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (office("docx"), "a.docm"), (office("xlsx"), "a.xlsm"), (office("pptx"), "a.ppsx"),
        (ENCRYPTED, "a.xlsm"), (b"AC1032\0\0\1", "a.dwg"), (b"MC0.0\0\0\1\2\3\4\5", "a.dwg"),
        (b"ISO-10303-21;\n", "a.step"), (b"0\x80\6\x09" + NOISE, "a.p7m"), (NOISE, "a.exotic"),
        (archive([("visio/x", b"")]), "a.vsdx"), (ole("VisioDocument"), "a.vsd"), (GZ, "a.gz"),
        (EXE, "a.dll"), (EXE, "a.exe"), (b"%PDF-1.4", "a.ai"), (b"\xff\xfa" + NOISE, "a.mp3"),
    ],
)  # fmt: skip
def test_host_can_enable_any_type(data, name):
    assert detect(data, name, allowed=(name.rpartition(".")[2],)).filename == name


@pytest.mark.parametrize("end", ["step", "dwg", "exotic", "mp3"])
@pytest.mark.parametrize(
    "data", [PNG, EXE, b"%PDF-1.4\n\0", b"Rar!\x1a\7\0" + bytes(9), iso(b"avif")]
)
def test_enabled_type_is_refused_if_its_bytes_are_another_type(data, end):
    assert reason(data, f"a.{end}", allowed=(end,))


def test_only_images_of_accepted_types_are_accepted():
    assert detect(PNG, "a.jpg", allowed=("png",)).filename == "a.png"
    assert "Save it as .png" in reason(JPEG, "a.png", allowed=("png",))


def test_comments_do_not_slow_down_the_search_for_markup():
    assert detect(b"<!---->" * 1_170, "a.txt").content_type == "text/plain"


def test_lists_of_types_are_right_and_short():
    assert type_list(("jpeg", "jpg", "PNG", "txt")) == "JPG, PNG, TXT"
    assert type_list(DEFAULT_TYPES) == (
        "images (PNG, JPG, GIF, WEBP, HEIC, …), documents (PDF, DOCX, XLSX, PPTX, ODT, …), "
        "text (TXT, LOG, CSV, JSON, MD, …), emails (EML, MSG), videos (MP4, MOV, WEBM), ZIP"
    )
    assert acceptable(("txt",)) == ["txt"]
    assert {"jpe", "jfif", "heic", "png"} <= set(acceptable(("jpg",)))
