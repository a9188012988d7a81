"""Names and types of files. Rules B1, B2. Cases 54, 55, 56, 61, 63, 65, 66, 72."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import unquote

import pytest
from markupsafe import escape

from flask_support_tickets.models import Action
from flask_support_tickets.services import transition_ticket
from flask_support_tickets.transaction import unit_of_work

from ..conftest import actor_for
from .clients import BOUNDARY, MULTIPART, NEW, UPLOADS, open_ticket, post_file, submit_form, upload
from .samples import TYPES, contents_of_all_types, picture

TEXT = b"words"


def send_disposition(client, disposition):
    """Send a form with one file, with these bytes after the name of its field."""
    head = b'Content-Disposition: form-data; name="file"; %b\r\n\r\n' % disposition
    body = b"--%b\r\n%b%b\r\n--%b--\r\n" % (BOUNDARY.encode(), head, TEXT, BOUNDARY.encode())
    return client.post(UPLOADS, data=body, headers=MULTIPART)


def tree(folder):
    """Return every path below a folder, except those of the store."""
    return sorted(
        path for path in folder.rglob("*") if path.relative_to(folder).parts[0] != "files"
    )


@pytest.mark.parametrize(
    ("disposition", "shown"),
    [
        (b'filename="../../x.txt"', "x.txt"),
        (b'filename="C:\\Users\\me\\x.txt"', "x.txt"),
        (b'filename="/etc/x.txt"', "x.txt"),
        (b'filename=".."', "file"),
        (b'filename=""', "file"),
        (b'filename="a\0b.txt"', "ab.txt"),
        (b'filename="%b.txt"' % ("é".encode() * 5_000), "é" * 125 + ".txt"),
        (b'filename="CON.txt"', "CON.txt"),
        (b"filename*=UTF-8''..%2F..%2Fx.txt", "x.txt"),
        (b"filename=\"a.txt\"; filename*=UTF-8''%E2%82%AC.txt", "€.txt"),
        (b"filename*=UTF-8''a%0d%0aSet-Cookie%3A%20b%3Dc.txt", "aSet-Cookie: b=c.txt"),
        (b"filename*=UTF-8''%ED%A0%80.txt", "\ufffd\ufffd\ufffd.txt"),
        (b'filename="a%0D%0AContent-Type: image%0D%0A.txt"', "aContent-Type: image.txt"),
        (b'filename="a%22; b.txt"', 'a"; b.txt'),
        (b'filename="a\\"; b=c,d.txt"', 'a"; b=c,d.txt'),
        ('filename="漢字 ひらがな.txt"'.encode(), "漢字 ひらがな.txt"),
        (
            'filename="e\u0301 \U0001f468\u200d\U0001f469.txt"'.encode(),
            "e\u0301 \U0001f468\u200d\U0001f469.txt",
        ),
        ('filename="\u202etxt.exe.txt"'.encode(), "txt.exe.txt"),
        ('filename="\u3000\u2800"'.encode(), "file"),
        (b'filename="100% #?&%2F.txt"', "100% #?&%2F.txt"),
        (b'filename="{{7*7}}${7*7}{% raw %}%s%n{0}.txt"', "{{7*7}}${7*7}{% raw %}%s%n{0}.txt"),
        (b'filename="\'><img src=x onerror=a()>.txt"', "'><img src=x onerror=a()>.txt"),
    ],
)
def test_file_name_is_cleaned_and_can_be_downloaded(
    client, client_of, mona, tmp_path, disposition, shown
):
    before = tree(tmp_path)
    answer = send_disposition(client, disposition)
    assert answer.status_code == 201, answer.text
    url = answer.json["data"]["url"]
    assert answer.json["data"]["filename"] == shown
    assert re.fullmatch(rf"{UPLOADS}/[0-9a-f]{{40}}/[\w.~%-]+", url, re.ASCII)
    assert unquote(url.split("/")[-1]) == shown
    number = open_ticket(client, url).json["data"]["id"]
    download = client.get(url)
    assert (download.status_code, download.data) == (200, TEXT)
    encoded = re.fullmatch(
        r"""attachment; filename="[ !#-$&-\[\]-~]+"; filename\*=UTF-8''([\w!#$&+.^`|~%-]+)""",
        download.headers["Content-Disposition"],
        re.ASCII,
    )
    assert unquote(encoded[1], errors="strict") == shown
    for reader, path in ((client, "/settings/ticket"), (client_of(mona), "/admin/tickets")):
        assert f"<bdi>{escape(shown)}</bdi>" in reader.get(f"{path}/{number}").text
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", [b"\xed\xa0\x80.txt", b"caf\xe9.txt"])
def test_file_name_that_is_not_utf8_is_400(client, state, name):
    before = state()
    answer = send_disposition(client, b'filename="%b"' % name)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "malformed_json")
    assert state() == before


def test_file_name_is_escaped_when_file_is_refused(client, state):
    before = state()
    answer = submit_form(client, ("'><img src=x onerror=a()>{{7*7}}.exe", TEXT))
    assert answer.status_code == 422
    assert "“&#39;&gt;&lt;img src=x onerror=a()&gt;{{7*7}}.exe”" in answer.text
    assert "<img src=x" not in answer.text
    assert state() == before


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.svg", b"<svg/>"), ("a.html", b"<p>"), ("a.docm", b"x"),
        ("a.txt\0.exe", b"x"), ("a.exe ", b"x"),
    ],
)  # fmt: skip
def test_file_of_a_type_that_is_not_accepted_is_422(client, state, name, data):
    before = state()
    answer = post_file(client, name, data)
    assert answer.status_code == 422
    assert "This file type isn't allowed" in answer.json["error"]["fields"]["file"][0]
    assert state() == before


def test_refusal_names_the_reason(client, state):
    before = state()
    page = b"<html><table><tr><td>1</td></tr></table></html>"
    answer = post_file(client, "export.xls", page)
    reason = "This is really a web page (HTML). Save it as .xlsx and try again."
    assert (answer.status_code, answer.json["error"]["fields"]) == (422, {"file": [reason]})
    program = b"MZ\x90\0" + bytes(60)
    answer = submit_form(client, ("export.xls", page), ("a.png", program), ("empty.txt", b""))
    assert answer.status_code == 422
    for sentence in (
        f"“export.xls”: {reason}",
        "“a.png”: This is a Windows program, which isn't accepted.",
        "“empty.txt”: The file is empty.",
    ):
        assert sentence in unescape(answer.text)
    assert state() == before


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("powershell.log", "Gerät\r\n".encode("utf-16")), ("latin1.csv", b"M\xfcller;K\xf6ln\r\n"),
        ("crashed.log", b"a\n" + bytes(900) + b"<script>"), ("app.log.1", b"\x82\xe0\x82\xb6<p>"),
    ],
)  # fmt: skip
def test_text_of_unknown_charset_comes_back_byte_by_byte(client, name, data):
    url = upload(client, name, data)
    answer = client.get(url)
    assert answer.data == data
    assert_inert(answer, "application/octet-stream", "attachment")
    number = open_ticket(client, url).json["data"]["id"]
    sign = "CSV" if name.endswith("csv") else "LOG"
    assert f'aria-hidden="true">{sign}</span>' in client.get(f"/settings/ticket/{number}").text


def test_text_with_a_proven_charset_says_so(client):
    for name, found in (("a.log", "text/plain"), ("a.csv", "text/csv"), ("a.md", "text/markdown")):
        answer = client.get(upload(client, name, "Größe".encode()))
        assert answer.headers["Content-Type"] == f"{found}; charset=utf-8"


def test_image_gets_the_extension_of_its_bytes(client, client_of, mona):
    photo = picture("JPEG", "RGB")
    answer = post_file(client, "shot.png", photo)
    assert answer.json["data"]["filename"] == "shot.jpg"
    assert answer.json["data"]["contentType"] == "image/jpeg"
    url = answer.json["data"]["url"]
    assert url.endswith("/shot.jpg")
    assert client.get(f"{url}?variant=view").status_code == 200
    staff = client_of(mona)
    number = open_ticket(client).json["data"]["id"]
    unit_of_work(
        transition_ticket, actor=actor_for(mona), ticket_id=number, action=Action.StartProgress
    )
    notice = "“shot.png” is really an image (JPG), so it's saved as “shot.jpg”."
    for sender, path in ((client, NEW), (client, f"/settings/ticket/{number}/comments"),
                         (staff, f"/admin/tickets/{number}/comments")):  # fmt: skip
        answer = submit_form(sender, ("shot.png", photo), ("right.jpg", photo), url=path)
        assert answer.status_code == 303
        page = unescape(sender.get(answer.location).text)
        assert notice in page
        assert "“right.jpg”" not in page
        assert notice not in unescape(sender.get(answer.location).text)


def test_notices_of_many_files_fit_into_a_cookie(client):
    name = "写" * 80 + ".png"
    answer = submit_form(client, *[(name, picture("JPEG", "RGB"))] * 10)
    assert answer.status_code == 303
    cookie = client.get_cookie("session")
    assert len(cookie.value) < 3_000
    assert client.get(answer.location).text.count(".jpg”") == 3


def test_every_accepted_type_is_served_as_inert_download(client):
    """Rule B7."""
    for end, data in contents_of_all_types():
        answer = post_file(client, f"a.{end}", data)
        assert (answer.status_code, answer.json["data"]["contentType"]) == (201, TYPES[end])
        url = answer.json["data"]["url"]
        for answer in (
            client.get(url), client.head(url), client.get(url, headers={"Range": "bytes=0-0"})
        ):  # fmt: skip
            assert_inert(answer, TYPES[end], "attachment")


def test_preview_is_served_as_inert_webp(client):
    url = upload(client, "a.png", picture("PNG", "RGB"))
    for variant in ("view", "thumbnail"):
        answer = client.get(f"{url}?variant={variant}")
        assert_inert(answer, "image/webp", 'inline; filename="a.png.webp"')
        assert answer.data[8:12] == b"WEBP"


class TestActiveTypes:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_ATTACHMENT_TYPES": ["html", "xhtml", "svg", "xml"]}

    @pytest.mark.parametrize("end", ["html", "xhtml", "svg", "xml", "HTML"])
    def test_page_that_host_accepts_is_served_as_plain_bytes(self, client, end):
        url = upload(client, f"a.{end}", b"<svg onload='a()'/>")
        assert_inert(client.get(url), "application/octet-stream", "attachment")


def assert_inert(answer, content_type, disposition):
    headers = answer.headers
    assert headers["Content-Type"].partition(";")[0] == content_type
    assert headers["Content-Disposition"].startswith(f"{disposition}; ")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["Cache-Control"] == "private, no-cache"
    assert {name.strip() for name in headers["Vary"].split(",")} >= {"Cookie", "Authorization"}
    assert "Set-Cookie" not in headers
