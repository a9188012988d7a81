"""How large, how many, how sent: cases 68 and 69."""

from __future__ import annotations

import hashlib
import io
import random

import pytest

from flask_support_tickets.current import current_tickets
from flask_support_tickets.web.intake import BODY_MAX_BYTES
from tests.conftest import form_fields

from .clients import BOUNDARY, MULTIPART, NEW, UPLOADS, multipart

LIMIT = 100_000
COUNT = 3
NOTE = ("note.txt", b"words")


@pytest.fixture
def host_config(tmp_path):
    return {
        "SUPPORT_TICKETS_STORAGE": f"file://{tmp_path / 'files'}",
        "SUPPORT_TICKETS_ATTACHMENT_MAX_BYTES": LIMIT,
        "SUPPORT_TICKETS_ATTACHMENT_MAX_COUNT": COUNT,
        "MAX_CONTENT_LENGTH": 1_000,  # the host's own; ours go beyond them
        "MAX_FORM_PARTS": 4,
    }


@pytest.fixture
def state(everything):
    """Return every row of every table, and every path in the store."""
    return lambda: (everything(), sorted(current_tickets.store.walk()))


@pytest.fixture
def client(client_of, alice):
    return client_of(alice)


@pytest.fixture
def fields(client):
    """What the form of a new ticket has in it."""
    hidden = form_fields(client.get(NEW).text)
    return {**hidden, "subject": "My words", "description": "Many of them."}


def upload(client, body, **options):
    return client.post(UPLOADS, data=body, headers=MULTIPART, **options)


def chunked(client, url, body):
    """Send a body whose length nobody announces."""
    return client.post(
        url,
        input_stream=io.BytesIO(body),
        headers={**MULTIPART, "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )


def announced(client, url, stream, length):
    """Send a body and announce another length than it has."""
    lie = {"CONTENT_LENGTH": str(length)}
    return client.post(url, input_stream=stream, headers=MULTIPART, environ_overrides=lie)


class TestSize:
    """Case 68."""

    def test_the_limit_and_one_more_through_the_api(self, client, state):
        data = b"x" * LIMIT
        answer = upload(client, multipart({}, "file", [("a.txt", data)]))
        assert (answer.status_code, answer.json["data"]["size"]) == (201, LIMIT)
        assert client.get(answer.json["data"]["url"]).data == data
        before = state()
        for surplus in (1, LIMIT, 20 * LIMIT):
            body = multipart({}, "file", [("a.txt", data + b"x" * surplus)])
            for answer in (upload(client, body), chunked(client, UPLOADS, body)):
                assert (answer.status_code, answer.json["error"]["code"]) == (413, "too_large")
        assert state() == before

    def test_the_limit_and_one_more_through_the_page(self, client, fields, state):
        files = [("a.txt", b"x" * LIMIT), ("b.txt", b"x" * (LIMIT + 1)), ("c.txt", b"")]
        body, before = multipart(fields, "attachments", files), state()
        for answer in (
            client.post(NEW, data=body, headers=MULTIPART),
            chunked(client, NEW, body),
        ):
            assert answer.status_code == 422
            assert "“b.txt”: The file is larger than 97.7 KB." in answer.text
            assert "“c.txt”: The file is empty." in answer.text
            assert "“a.txt”" not in answer.text
            assert 'value="My words"' in answer.text
            assert state() == before
        body = multipart(fields, "attachments", files[:1] * COUNT)
        assert client.post(NEW, data=body, headers=MULTIPART).status_code == 303

    def test_far_beyond_it_is_not_even_read(self, client, fields, state):
        before = state()
        body = multipart(fields, "attachments", [("a.txt", b"x" * 30 * LIMIT)])
        stream = io.BytesIO(body)
        assert announced(client, NEW, stream, len(body)).status_code == 413
        assert stream.tell() == 0
        assert chunked(client, NEW, body).status_code == 413
        assert state() == before

    def test_a_length_that_lies_is_no_form(self, client, fields, state):
        before = state()
        for url, body in (
            (UPLOADS, multipart({}, "file", [NOTE])),
            (NEW, multipart(fields, "attachments", [NOTE])),
        ):
            for lie in (1, LIMIT, -9, -30, 1 - len(body)):
                answer = announced(client, url, io.BytesIO(body), len(body) + lie)
                assert answer.status_code == 400, (url, lie)
            for cut in (9, 30, len(body) - 1):
                assert chunked(client, url, body[:-cut]).status_code == 400, (url, cut)
        assert state() == before

    def test_a_body_of_unknown_length_is_read_when_it_fits(self, client, fields):
        assert chunked(client, UPLOADS, multipart({}, "file", [NOTE])).status_code == 201
        assert chunked(client, NEW, multipart(fields, "attachments", [NOTE])).status_code == 303

    def test_the_hosts_own_limit_stays_for_its_own(self, app, client):
        from flask import request

        app.view_functions["home"] = lambda: str(len(request.get_data()))
        answer = client.get("/", data=b"x" * 2_000)
        assert answer.status_code == 413

    def test_all_text_together_has_a_limit_of_its_own(self, client, fields, state):
        before = state()
        one = {"description": "x" * (BODY_MAX_BYTES + 1)}
        many = {f"n{number}": "x" * (BODY_MAX_BYTES // 15) for number in range(16)}
        for texts in (one, many):
            body = multipart({**fields, **texts}, "attachments", [NOTE])
            assert client.post(NEW, data=body, headers=MULTIPART).status_code == 413
            assert upload(client, multipart(texts, "file", [NOTE])).status_code == 413
        assert state() == before


class TestCount:
    """Case 69."""

    def test_one_too_many_is_none(self, client, fields, state):
        before = state()
        for count in (COUNT + 1, COUNT + 2, 900):
            body = multipart(fields, "attachments", [(f"{n}.txt", b"x") for n in range(count)])
            answer = client.post(NEW, data=body, headers=MULTIPART)
            assert answer.status_code == 422, count
            assert f"Attach at most {COUNT}." in answer.text
            assert 'value="My words"' in answer.text
        assert state() == before

    def test_a_thousand_parts_are_refused_whole(self, client, fields, state):
        before = state()
        body = multipart(fields, "attachments", [(f"{n}.txt", b"x") for n in range(1_001)])
        assert client.post(NEW, data=body, headers=MULTIPART).status_code == 413
        body = multipart({}, "file", [(f"{n}.txt", b"x") for n in range(1_001)])
        answer = upload(client, body)
        assert (answer.status_code, answer.json["error"]["code"]) == (413, "too_large")
        assert upload(client, multipart({}, "file", [NOTE] * 900)).status_code == 422
        assert state() == before

    def test_an_empty_file_is_refused_and_an_empty_input_is_none(self, client, fields, state):
        before = state()
        answer = upload(client, multipart({}, "file", [("a.txt", b"")]))
        assert answer.json["error"]["fields"] == {"file": ["The file is empty."]}
        answer = upload(client, multipart({}, "file", [("", b"")]))
        assert answer.json["error"]["fields"] == {"file": ["Send exactly one file."]}
        assert state() == before
        body = multipart(fields, "attachments", [("", b"")])
        assert client.post(NEW, data=body, headers=MULTIPART).status_code == 303

    def test_the_same_field_twice_is_two_files_on_the_page_and_too_many_in_the_api(
        self, client, fields, state
    ):
        before = state()
        answer = upload(client, multipart({}, "file", [NOTE, ("other.txt", b"more")]))
        assert answer.json["error"]["fields"] == {"file": ["Send exactly one file."]}
        assert state() == before
        body = multipart(fields, "attachments", [NOTE, NOTE])
        answer = client.post(NEW, data=body, headers=MULTIPART)
        assert client.get(answer.location).text.count("<bdi>note.txt</bdi>") == 2

    def test_names_without_files_are_told(self, client, fields, state):
        before = state()
        answer = client.post(NEW, data={**fields, "attachments": "note.txt"})
        assert answer.status_code == 422
        assert "The files did not arrive. Attach them again." in answer.text
        assert state() == before


class TestBytes:
    """The last of case 68: what looks like the end of a part, around the edges of buffers."""

    @pytest.fixture
    def host_config(self, tmp_path):
        return {"SUPPORT_TICKETS_STORAGE": f"file://{tmp_path / 'files'}"}

    def texts(self):
        rest = random.Random(68)
        edge = f"\r\n--{BOUNDARY}"
        for number in range(200):
            length = 65_536 * rest.randint(1, 3) + rest.randint(-40, 40)
            pieces = ["\r", "\n", "\r\n", "\r\n\r\n", "--", "x" * rest.randint(1, 4_000)]
            pieces += [edge[: rest.randint(1, len(edge) - 1)] for _ in range(2)]
            text = ""
            while len(text) < length:
                text += rest.choice(pieces)
            yield f"{number}.txt", text[:length].encode()

    def test_two_hundred_files_come_back_with_their_hashes(self, client):
        files = list(self.texts())
        for start in range(0, len(files), 10):
            batch = files[start : start + 10]
            fields = {**form_fields(client.get(NEW).text), "subject": "S", "description": "D"}
            body = multipart(fields, "attachments", batch)
            number = client.post(NEW, data=body, headers=MULTIPART).location.split("/")[-1]
            urls = client.get(f"/api/tickets/{number}").json["data"]["attachmentUrls"]
            for url, (name, data) in zip(urls, batch, strict=True):
                assert url.endswith(f"/{name}")
                found = client.get(url)
                assert found.data == data
                assert found.headers["ETag"] == f'"{hashlib.sha256(data).hexdigest()}"'
