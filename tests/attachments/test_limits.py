"""Size and number of files, and bodies that lie about them. Rule B3. Cases 68, 69."""

from __future__ import annotations

import hashlib
import io
import random
from html import unescape

import pytest

from flask_support_tickets.web.request_limits import BODY_MAX_BYTES
from tests.conftest import form_fields

from .clients import (
    BOUNDARY,
    MULTIPART,
    NEW,
    NOTE,
    UPLOADS,
    multipart,
    post_file,
    submit_form,
    upload,
)  # fmt: skip

LIMIT = 100_000
COUNT = 3


@pytest.fixture
def host_config():
    return {
        "SUPPORT_TICKETS_ATTACHMENT_MAX_BYTES": LIMIT,
        "SUPPORT_TICKETS_ATTACHMENT_MAX_COUNT": COUNT,
        "MAX_CONTENT_LENGTH": 1_000,  # the host's own limits, which are lower
        "MAX_FORM_PARTS": 4,
    }


@pytest.fixture
def fields(client):
    """Return the fields of the form for a new ticket, filled in."""
    hidden = form_fields(client.get(NEW).text)
    return {**hidden, "subject": "My subject", "description": "My own words"}


def chunked(client, url, body):
    """Send a body without its length."""
    return client.post(
        url,
        input_stream=io.BytesIO(body),
        headers={**MULTIPART, "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )


def announced(client, url, body, length, **environ):
    """Send a body with any ``Content-Length``; return the status and the number of bytes read."""
    environ = {"CONTENT_LENGTH": str(length), **environ}
    stream = io.BytesIO(body)
    answer = client.post(url, input_stream=stream, headers=MULTIPART, environ_overrides=environ)
    return answer.status_code, stream.tell()


def test_api_accepts_file_at_size_limit_and_refuses_one_byte_more(client, state):
    data = b"x" * LIMIT
    assert client.get(upload(client, "a.txt", data)).data == data
    before = state()
    for surplus in (1, 20 * LIMIT):
        body = multipart({}, "file", [("a.txt", data + b"x" * surplus)])
        for answer in (
            client.post(UPLOADS, data=body, headers=MULTIPART),
            chunked(client, UPLOADS, body),
        ):
            assert (answer.status_code, answer.json["error"]["code"]) == (413, "too_large")
    assert state() == before


def test_page_names_refused_files_and_keeps_text_and_accepts_rest(client, fields, state):
    files = [("a.txt", b"x" * LIMIT), ("b.txt", b"x" * (LIMIT + 1)), ("c.txt", b"")]
    body, before = multipart(fields, "attachments", files), state()
    for answer in (client.post(NEW, data=body, headers=MULTIPART), chunked(client, NEW, body)):
        assert answer.status_code == 422
        assert "“b.txt”: The file is larger than 97.7 KB." in answer.text
        assert "“c.txt”: The file is empty." in answer.text
        assert "“a.txt”" not in answer.text
        assert 'value="My subject"' in answer.text
        assert state() == before
    body = multipart(fields, "attachments", files[:1] * COUNT)
    answer = chunked(client, NEW, body)
    assert answer.status_code == 303
    assert client.get(answer.location).text.count("<bdi>a.txt</bdi>") == COUNT


def test_body_far_above_limit_is_refused_unread(client, fields, state):
    before = state()
    body = multipart(fields, "attachments", [("a.txt", b"x" * 30 * LIMIT)])
    assert announced(client, NEW, body, len(body)) == (413, 0)
    assert chunked(client, NEW, body).status_code == 413
    assert state() == before


def test_body_shorter_or_longer_than_its_length_is_400(client, fields, state):
    before = state()
    for url, body in (
        (UPLOADS, multipart({}, "file", [NOTE])),
        (NEW, multipart(fields, "attachments", [NOTE])),
    ):
        size = len(body)
        for length in (size + 1, size + LIMIT, size - 9, 1):
            status, _ = announced(client, url, body, length)
            assert status == 400, (url, length - size)
        for cut in (1, 9, 30, size - 1):
            ends = {"wsgi.input_terminated": True}  # as under gunicorn
            status, _ = announced(client, url, body[:-cut], size, **ends)
            assert status == 400, (url, cut)
        for cut in (9, 30, size - 1):
            assert chunked(client, url, body[:-cut]).status_code == 400, (url, cut)
    assert state() == before


def test_text_of_form_with_files_has_its_own_limit(client, fields, state):
    before = state()
    one = {"description": "x" * (BODY_MAX_BYTES + 1)}
    many = {f"n{number}": "x" * (BODY_MAX_BYTES // 15) for number in range(16)}
    for texts in (one, many):
        for url, body in (
            (NEW, multipart({**fields, **texts}, "attachments", [NOTE])),
            (UPLOADS, multipart(texts, "file", [NOTE])),
        ):
            assert client.post(url, data=body, headers=MULTIPART).status_code == 413
    assert state() == before


@pytest.mark.parametrize("count", [COUNT + 1, 900])
def test_page_refuses_all_files_when_there_is_one_too_many(client, state, count):
    client.get(NEW)  # puts the CSRF token into the session
    before = state()
    answer = submit_form(client, *[(f"{number}.txt", b"x") for number in range(count)])
    assert answer.status_code == 422
    assert f"Too many attachments. The limit is {COUNT}." in answer.text
    assert 'value="My subject"' in answer.text
    assert state() == before


def test_form_with_over_a_thousand_parts_is_413(client, fields, state):
    before, files = state(), [(f"{number}.txt", b"x") for number in range(1_001)]
    for url, body in (
        (NEW, multipart(fields, "attachments", files)), (UPLOADS, multipart({}, "file", files))
    ):  # fmt: skip
        assert client.post(url, data=body, headers=MULTIPART).status_code == 413
    assert state() == before


def test_empty_file_is_refused_and_empty_file_input_is_ignored(client, state):
    before = state()
    answer = post_file(client, "a.txt", b"")
    assert answer.json["error"]["fields"] == {"file": ["The file is empty."]}
    answer = post_file(client, "", b"")
    assert answer.json["error"]["fields"] == {"file": ["Send exactly one file."]}
    assert state() == before
    assert submit_form(client, ("", b"")).status_code == 303


def test_page_reports_file_names_without_files(client, fields, state):
    before = state()
    answer = client.post(NEW, data={**fields, "attachments": "note.txt"})
    assert answer.status_code == 422
    assert "Your files didn't upload. Attach them again." in unescape(answer.text)
    assert state() == before


def test_bytes_that_look_like_boundary_are_kept(client):
    """Forty files full of line ends and half boundaries, about as long as the read buffers."""
    rest, edge = random.Random(68), f"\r\n--{BOUNDARY}"
    for number in range(40):
        length = min(65_536 + rest.randint(-40, 40), LIMIT)
        pieces = ["\r", "\n", "\r\n", "\r\n\r\n", "--", "x" * rest.randint(1, 4_000)]
        pieces += [edge[: rest.randint(1, len(edge) - 1)] for _ in range(2)]
        text = ""
        while len(text) < length:
            text += rest.choice(pieces)
        data = text[:length].encode()
        answer = client.get(upload(client, f"{number}.txt", data))
        assert answer.data == data
        assert answer.headers["ETag"] == f'"{hashlib.sha256(data).hexdigest()}"'
