"""Hostile names and bytes that lie: cases 54, 55, 56, 61, 63, 65, 66 and 72."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from markupsafe import escape

from flask_support_tickets.current import current_tickets
from tests.conftest import form_fields

from .clients import BOUNDARY, MULTIPART, NEW, UPLOADS, multipart
from .samples import TYPES, contents_of_all_types, picture

TEXT = b"words"


@pytest.fixture
def host_config(tmp_path):
    return {"SUPPORT_TICKETS_STORAGE": f"file://{tmp_path / 'files'}"}


@pytest.fixture
def state(everything):
    """Return every row of every table, and every path in the store."""
    return lambda: (everything(), sorted(current_tickets.store.walk()))


def part(disposition, data=TEXT, name=b"file"):
    """Return a form with one part, with this after its name, byte by byte."""
    head = b'Content-Disposition: form-data; name="%b"%b\r\n\r\n' % (name, disposition)
    return b"--%b\r\n%b%b\r\n--%b--\r\n" % (BOUNDARY.encode(), head, data, BOUNDARY.encode())


def tree(folder):
    """Return every path below a folder, but not those of the store and the database."""
    return sorted(
        path for path in folder.rglob("*") if path.relative_to(folder).parts[0] != "files"
    )


NAMES = [
    (b'; filename="../../x.txt"', "x.txt"),
    (b'; filename="..\\x.txt"', "x.txt"),
    (b'; filename="C:\\Users\\me\\x.txt"', "x.txt"),
    (b'; filename="\\\\host\\share\\x.txt"', "x.txt"),
    (b'; filename="/etc/x.txt"', "x.txt"),
    (b'; filename="."', "file"),
    (b'; filename=".."', "file"),
    (b'; filename="../"', "file"),
    (b'; filename=" . "', "file"),
    (b'; filename=""', "file"),
    (b'; filename="a\0b.txt"', "ab.txt"),
    (b'; filename="%b.txt"' % (b"x" * 5_000), "x" * 251 + ".txt"),
    (b'; filename="%b.txt"' % ("é".encode() * 5_000), "é" * 125 + ".txt"),
    (b'; filename="CON"', "CON"),
    (b'; filename="CON.txt"', "CON.txt"),
    (b"; filename*=UTF-8''..%2F..%2Fx.txt", "x.txt"),
    (b"; filename=\"a.txt\"; filename*=UTF-8''%E2%82%AC.txt", "€.txt"),
    (b"; filename*=UTF-8''a%0d%0aSet-Cookie%3A%20b%3Dc.txt", "aSet-Cookie: b=c.txt"),
    (b"; filename*=UTF-8''..%5C..%5Cx.txt", "x.txt"),
    (b"; filename*=UTF-8''%ED%A0%80.txt", "\ufffd\ufffd\ufffd.txt"),
    (b'; filename="a%0D%0AContent-Type: image%0D%0A%0D%0A.txt"', "aContent-Type: image.txt"),
    (b'; filename="a%22; b.txt"', 'a"; b.txt'),
    (b'; filename="a\\"; b.txt"', 'a"; b.txt'),
    (b'; filename="a;b=c,d.txt"', "a;b=c,d.txt"),
    ('; filename="漢字 ひらがな.txt"'.encode(), "漢字 ひらがな.txt"),
    ('; filename="\u202etxt.exe.txt"'.encode(), "txt.exe.txt"),
    ('; filename="\u200b\u2066\ufeff\u00ad.txt"'.encode(), ".txt"),
    ('; filename="a\u200db\u200cc.txt"'.encode(), "a\u200db\u200cc.txt"),
    ('; filename="\u3000\u2800"'.encode(), "file"),
    (b'; filename="{{7*7}}${7*7}%s%n{0.__class__}.txt"', "{{7*7}}${7*7}%s%n{0.__class__}.txt"),
    (b'; filename="{% raw %}.txt"', "{% raw %}.txt"),
    (b'; filename="\'><img src=x onerror=a()>.txt"', "'><img src=x onerror=a()>.txt"),
]


@pytest.fixture
def alice_client(client_of, alice):
    return client_of(alice)


@pytest.mark.parametrize(("disposition", "shown"), NAMES)
def test_a_name_is_cleaned_and_works_for_ever(
    alice_client, client_of, mona, tmp_path, disposition, shown
):
    before = tree(tmp_path)
    answer = alice_client.post(UPLOADS, data=part(disposition), headers=MULTIPART)
    assert answer.status_code == 201, answer.text
    url = answer.json["data"]["url"]
    assert answer.json["data"]["filename"] == shown
    assert re.fullmatch(rf"{UPLOADS}/[0-9a-f]{{40}}/[\w.~%-]+", url, re.ASCII)
    assert unquote(url.split("/")[-1]) == shown
    assert len(shown.encode()) <= 255
    body = {"subject": "S", "description": "D", "attachmentUrls": [url]}
    number = alice_client.post("/api/tickets", json=body).json["data"]["id"]
    download = alice_client.get(url)
    assert (download.status_code, download.data) == (200, TEXT)
    [disposition] = download.headers.getlist("Content-Disposition")
    assert disposition.isascii()
    encoded = re.fullmatch(
        r"""attachment; filename="[ !#-$&-\[\]-~]+"; filename\*=UTF-8''([\w!#$&+.^`|~%-]+)""",
        disposition,
    )
    assert unquote(encoded[1], errors="strict") == shown
    for client, path in ((alice_client, "/settings/ticket"), (client_of(mona), "/admin/tickets")):
        assert f"<bdi>{escape(shown)}</bdi>" in client.get(f"{path}/{number}").text
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", [b"\xed\xa0\x80.txt", b"caf\xe9.txt", b"\xff\xfe.txt"])
def test_a_name_that_is_no_text_is_refused(alice_client, state, name):
    before = state()
    answer = alice_client.post(UPLOADS, data=part(b'; filename="%b"' % name), headers=MULTIPART)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "malformed_json")
    assert state() == before


def test_a_name_stands_escaped_in_a_refusal(alice_client, state):
    fields = {**form_fields(alice_client.get(NEW).text), "subject": "S", "description": "D"}
    before = state()
    hostile = "'><img src=x onerror=a()>{{7*7}}.exe"
    answer = alice_client.post(
        NEW, data=multipart(fields, "attachments", [(hostile, TEXT)]), headers=MULTIPART
    )
    assert answer.status_code == 422
    assert "“&#39;&gt;&lt;img src=x onerror=a()&gt;{{7*7}}.exe”" in answer.text
    assert "<img src=x" not in answer.text
    assert state() == before


class TestBytes:
    """Cases 55, 56 and 72: bytes decide, and nothing is ever served as a page."""

    @pytest.mark.parametrize(
        ("name", "data"),
        [
            ("a.png", b"\x7fELF" + bytes(60)), ("a.png", b"MZ" + bytes(60)), ("a.pdf", b"<html>"),
            ("a.jpg", picture("PNG", "RGB")), ("a.txt", picture("PNG", "RGB")), ("a.txt", b"a\0b"),
            ("a.txt", "ÄÖ".encode("utf-16")), ("a.txt", b"caf\xe9"), ("a.docx", b"PK\x03\x04"),
            ("a.zip", b"Rar!\x1a\x07\x00"), ("a.odt", b"PK\x03\x04" + bytes(60)), ("a.doc", b"x"),
            ("a.exe", b"MZ" + bytes(60)), ("a.html", b"<p>"), ("a.svg", b"<svg/>"),
            ("a.xml", b"<a/>"), ("a", b"\x7fELF" + bytes(60)), ("a.txt.exe", b"x"),
            ("a.png ", b"x"), (".htaccess", b"x"), ("a.json", b'"\xff"'), ("a.txt\0.exe", b"x"),
        ],
    )  # fmt: skip
    def test_what_is_not_what_it_says_is_refused(self, alice_client, state, name, data):
        before = state()
        answer = alice_client.post(
            UPLOADS, data=multipart({}, "file", [(name, data)]), headers=MULTIPART
        )
        assert answer.status_code == 422
        assert "not accepted" in answer.json["error"]["fields"]["file"][0]
        assert state() == before

    def test_every_type_is_served_as_itself_and_inert(self, alice_client):
        for end, data in contents_of_all_types():
            body = multipart({}, "file", [(f"a.{end}", data)])
            answer = alice_client.post(UPLOADS, data=body, headers=MULTIPART)
            assert answer.status_code == 201, end
            url = answer.json["data"]["url"]
            assert answer.json["data"]["contentType"] == TYPES[end]
            for answer in (
                alice_client.get(url),
                alice_client.head(url),
                alice_client.get(url, headers={"Range": "bytes=0-0"}),
            ):
                assert_inert(answer)
                assert answer.headers["Content-Type"].partition(";")[0] == TYPES[end]
                assert answer.headers["Content-Disposition"].startswith("attachment; ")

    def test_pictures_inline_are_our_own(self, alice_client):
        body = multipart({}, "file", [("a.png", picture("PNG", "RGB"))])
        url = alice_client.post(UPLOADS, data=body, headers=MULTIPART).json["data"]["url"]
        for variant in ("view", "thumbnail"):
            answer = alice_client.get(f"{url}?variant={variant}")
            assert_inert(answer)
            assert answer.headers["Content-Type"] == "image/webp"
            assert answer.headers["Content-Disposition"].startswith('inline; filename="a.png.webp"')
            assert answer.data[8:12] == b"WEBP"


class TestActiveTypesThatAHostAllows:
    @pytest.fixture
    def host_config(self, tmp_path):
        return {
            "SUPPORT_TICKETS_STORAGE": f"file://{tmp_path / 'files'}",
            "SUPPORT_TICKETS_ATTACHMENT_TYPES": ["html", "htm", "xhtml", "svg", "xml"],
        }

    @pytest.mark.parametrize("end", ["html", "htm", "xhtml", "svg", "xml", "HTML"])
    def test_only_download(self, alice_client, end):
        body = multipart({}, "file", [(f"a.{end}", b"<svg onload='a()'/>")])
        answer = alice_client.post(UPLOADS, data=body, headers=MULTIPART)
        assert answer.json["data"]["contentType"] == "application/octet-stream"
        answer = alice_client.get(answer.json["data"]["url"])
        assert_inert(answer)
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment; ")


def assert_inert(answer):
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert {name.strip() for name in answer.headers["Vary"].split(",")} >= {
        "Cookie", "Authorization"
    }  # fmt: skip
    assert "Set-Cookie" not in answer.headers
