"""Beside other extensions: the host stays as it was without ours, and ours stays as it is."""

from __future__ import annotations

import io
import itertools
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ..conftest import form_fields
from .neighbours import HOSTS, HOSTS_MAX_BYTES, running_host
from .small import sign_in
from .trip import Trip

#: Error statuses that a host may abort with.
ABORTED = (400, 401, 403, 404, 405, 409, 413, 415, 418, 422, 429, 500, 503)
LONG = b"x" * (HOSTS_MAX_BYTES + 1)
JSON = {"content_type": "application/json"}
#: Requests to the host's own views: method, path, and how it is sent.
HOSTS_OWN: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/", {}), ("GET", "/hosts/page", {}), ("HEAD", "/hosts/page", {}),
    ("OPTIONS", "/hosts/page", {}), ("DELETE", "/hosts/page", {}), ("GET", "/nowhere", {}),
    ("GET", "/api", {}), ("GET", "/api/ticketsy", {}), ("POST", "/api/other/tickets", {}),
    ("GET", "/settings", {}), ("GET", "/settings/other", {}), ("GET", "/admin/", {}),
    ("GET", "/admin/nowhere", {}), ("GET", "/hosts/broken", {}),
    *(("GET", f"/hosts/abort/{code}", {}) for code in ABORTED),
    ("POST", "/hosts/json", {"json": {"a": 1}}), ("POST", "/hosts/json", {"data": "{", **JSON}),
    ("POST", "/hosts/json", {"data": "{}", "content_type": "text/plain"}),
    ("POST", "/hosts/json", {"data": b'"%s"' % LONG, **JSON}),
    ("POST", "/hosts/form", {"data": {"text": "T"}}), ("POST", "/hosts/form", {"data": LONG}),
    ("POST", "/hosts/form", {"data": {"file": (io.BytesIO, LONG)}}),
    ("GET", "/hosts/smorest/pets?name=Rex", {}), ("GET", "/hosts/smorest/pets?legs=x", {}),
    ("POST", "/hosts/smorest/pets", {"json": {"name": "Rex", "legs": 4}}),
    ("POST", "/hosts/smorest/pets", {"json": {"legs": "four"}}),
    ("PUT", "/hosts/smorest/pets", {}), ("GET", "/hosts/openapi.json", {}),
    ("GET", "/hosts/apiflask/pets?name=Rex", {}), ("GET", "/hosts/apiflask/pets?legs=x", {}),
    ("POST", "/hosts/apiflask/pets", {"json": {"name": "Rex", "legs": 4}}),
    ("POST", "/hosts/apiflask/pets", {"json": {"legs": "four"}}),
    ("PUT", "/hosts/apiflask/pets", {}), ("GET", "/openapi.json", {}),
]  # fmt: skip
#: What our API refuses: who asks, method, path, how it is sent, the answer.
REFUSED: list[tuple[str | None, str, str, dict[str, Any], int, str]] = [
    (None, "GET", "/api/tickets", {}, 401, "not_authenticated"),
    (None, "POST", "/api/ticket-comments", {"json": {}}, 401, "not_authenticated"),
    ("alice", "GET", "/api/tickets/1/nope", {}, 404, "not_found"),
    ("alice", "GET", "/api/ticket-attachments", {}, 405, "method_not_allowed"),
    ("alice", "DELETE", "/api/tickets", {}, 405, "method_not_allowed"),
    ("bob", "GET", "/api/tickets/{ticket}", {}, 404, "not_found"),
    ("alice", "PUT", "/api/tickets/{ticket}/status", {"json": {"action": "Close"}}, 403,
     "not_allowed"),
    ("alice", "POST", "/api/tickets", {"json": {}, "headers": {"Origin": "http://evil.example"}},
     403, "cross_site_request"),
    ("alice", "POST", "/api/tickets", {"data": "{", **JSON}, 400, "malformed_json"),
    ("alice", "POST", "/api/tickets", {"data": "{}", "content_type": "text/plain"}, 415,
     "unsupported_media_type"),
    ("alice", "POST", "/api/tickets", {"data": b" " * 2_000_000, **JSON}, 413, "too_large"),
    ("alice", "POST", "/api/tickets", {"json": {"subject": "S"}}, 422, "invalid"),
    ("alice", "GET", "/api/tickets?page=0", {}, 422, "invalid"),
    ("mona", "PUT", "/api/tickets/{ticket}/status", {"json": {"action": "Close"}}, 409,
     "invalid_transition"),
]  # fmt: skip


@pytest.fixture(
    scope="module",
    params=list(itertools.product(HOSTS, (False, True))),
    ids=lambda param: f"{param[0]}, ours {'first' if param[1] else 'last'}",
)
def host(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Flask, Flask]]:
    """A host of `HOSTS` with the extension, set up first or last; and the same host without it."""
    (name, tickets_first), folder = request.param, tmp_path_factory.mktemp("host")
    config = {"SUPPORT_TICKETS_STORAGE": f"file://{folder}/files", "SUPPORT_TICKETS_API_DOCS": True}
    with (
        running_host(
            HOSTS[name], f"sqlite:///{folder}/with.db", tickets_first=tickets_first, **config
        ) as app,
        running_host(HOSTS[name], f"sqlite:///{folder}/without.db", has_tickets=False) as bare,
    ):
        yield app, bare


@pytest.fixture
def app(host: tuple[Flask, Flask]) -> Flask:
    return host[0]


def open_as_sent(client: FlaskClient, method: str, path: str, how: dict[str, Any]) -> TestResponse:
    """Send a request of a table; a file in it is opened anew for each."""
    if isinstance(data := how.get("data"), dict):
        how = {**how, "data": {name: _opened(value) for name, value in data.items()}}
    return client.open(path, method=method, **how)


def _opened(value: Any) -> Any:
    return (value[0](value[1]), "note.txt") if isinstance(value, tuple) else value


def shown(answer: TestResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    """What a client sees of an answer, less what differs from one moment to the next."""
    moving = {"Date", "Set-Cookie"}
    headers = [(name, value) for name, value in answer.headers if name not in moving]
    return answer.status_code, answer.data, sorted(headers)


def test_its_own_answers_are_those_it_gives_without_us(
    host: tuple[Flask, Flask], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    statuses = set()
    for name in (None, "alice"):
        clients = [sign_in(app, name) for app in host]
        for method, path, how in HOSTS_OWN:
            ours, bare = (open_as_sent(client, method, path, how) for client in clients)
            assert shown(ours) == shown(bare), (method, path, how)
            statuses.add(bare.status_code)
    assert {200, 400, 404, 405, 413, 415, 422, 500} <= statuses


def test_a_ticket_lives_from_filing_to_closing(app: Flask) -> None:
    trip = Trip(sign_in(app, "alice"), sign_in(app, "mona"))
    assert trip.live()["statusName"] == "Closed"


def test_what_our_api_refuses_has_our_shape(app: Flask) -> None:
    clients = {name: sign_in(app, name) for name in (None, "alice", "bob", "mona")}
    body = {"subject": "S", "description": "D"}
    ticket = clients["alice"].post("/api/tickets", json=body).json["data"]
    for name, method, path, how, status, code in REFUSED:
        path = path.format(ticket=ticket["id"])
        answer = open_as_sent(clients[name], method, path, how)
        assert (answer.status_code, answer.json["error"]["code"]) == (status, code), (method, path)
        assert answer.content_type == "application/json"
        assert answer.json["success"] is False
        assert ("Allow" in answer.headers) is (status == 405)
        assert ("WWW-Authenticate" in answer.headers) is (status == 401)


def test_long_texts_arrive_though_the_host_takes_small_bodies_only(app: Flask) -> None:
    client, text = sign_in(app, "alice"), "😀" * 20_000
    body = {"subject": "S", "description": text}
    assert client.post("/api/tickets", json=body).json["data"]["description"] == text
    fields = form_fields(client.get("/settings/ticket/new").text)
    assert client.post("/settings/ticket/new", data={**fields, **body}).status_code == 303
    assert client.post("/hosts/json", json=body).status_code == 413


def test_files_arrive_though_the_host_takes_small_bodies_only(app: Flask) -> None:
    client, data = sign_in(app, "alice"), b"A long note. " * 50_000
    form = {"file": (io.BytesIO(data), "note.txt")}
    upload = client.post("/api/ticket-attachments", data=form)
    assert upload.status_code == 201
    body = {"subject": "S", "description": "D", "attachmentUrls": [upload.json["data"]["url"]]}
    assert client.post("/api/tickets", json=body).status_code == 201
    fields = form_fields(client.get("/settings/ticket/new").text)
    typed = {"subject": "S", "description": "D", "attachments": (io.BytesIO(data), "b.txt")}
    assert client.post("/settings/ticket/new", data={**fields, **typed}).status_code == 303
    for row in client.get("/api/tickets?pageSize=2").json["data"]["tickets"]:
        [url] = row["attachmentUrls"]
        answer = client.get(url)
        assert answer.data == data
        assert answer.headers["Content-Disposition"].startswith("attachment; ")
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    form = {"file": (io.BytesIO(data), "note.txt")}
    assert client.post("/hosts/form", data=form).status_code == 413


def test_our_document_is_served_and_is_about_us_alone(app: Flask) -> None:
    client = sign_in(app, "alice")
    document = client.get("/api/tickets/openapi.json").json
    assert document["openapi"] == "3.1.0"
    assert all(path.startswith(("/api/ticket", "/api/tickets")) for path in document["paths"])
    assert len(document["paths"]) == 9
    assert client.get("/api/tickets/docs").status_code == 200


def test_the_hosts_document_is_about_the_host_alone(app: Flask, host: tuple[Flask, Flask]) -> None:
    documents = {"/hosts/openapi.json": "/hosts/smorest/pets", "/openapi.json": "/hosts/apiflask"}
    client = sign_in(app, "alice")
    for address, path in documents.items():
        document = client.get(address)
        if document.status_code == 200:
            assert path in document.text
            assert "ticket" not in document.text.lower()


def test_the_hosts_own_form_keeps_its_protection(app: Flask) -> None:
    client = sign_in(app, "alice")
    is_protected = "csrf" in app.extensions
    expected = 400 if is_protected else 200
    Trip(client, sign_in(app, "mona")).file()
    for headers in ({}, {"Authorization": "Bearer alice"}):
        answer = client.post("/hosts/form", data={"text": "T"}, headers=headers)
        assert answer.status_code == expected
    if is_protected:
        token = client.get("/hosts/token").text
        answer = client.post("/hosts/form", data={"text": "T", "csrf_token": token})
        assert (answer.status_code, answer.text) == (200, "taken: ['text']")
