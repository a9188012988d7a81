"""Beside other extensions: the host stays as it was without ours, and ours stays as it is."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ..conftest import form_fields
from .neighbours import HOSTS, HOSTS_MAX_BYTES, running_host
from .small import sign_in
from .trip import Trip

Start = Callable[..., Flask]
#: Error statuses that a host may abort with.
ABORTED = (400, 401, 403, 404, 405, 409, 413, 415, 418, 422, 429, 500, 503)
LONG = b"x" * (HOSTS_MAX_BYTES + 1)
JSON = {"content_type": "application/json"}
#: Requests to the host's own views: method, path, and how it is sent.
HOSTS_OWN: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/", {}), ("GET", "/hosts/page", {}), ("HEAD", "/hosts/page", {}),
    ("OPTIONS", "/hosts/page", {}), ("DELETE", "/hosts/page", {}), ("GET", "/nowhere", {}),
    ("GET", "/api", {}), ("GET", "/api/ticketsy", {}), ("POST", "/api/other/tickets", {}),
    ("GET", "/settings", {}), ("GET", "/settings/other", {}), ("GET", "/admin/nowhere", {}),
    ("GET", "/hosts/broken", {}), *(("GET", f"/hosts/abort/{code}", {}) for code in ABORTED),
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
    ("bob", "GET", "/api/tickets/1", {}, 404, "not_found"),
    ("alice", "PUT", "/api/tickets/1/status", {"json": {"action": "Close"}}, 403, "not_allowed"),
    ("alice", "POST", "/api/tickets", {"json": {}, "headers": {"Origin": "http://evil.example"}},
     403, "cross_site_request"),
    ("alice", "POST", "/api/tickets", {"data": "{", **JSON}, 400, "malformed_json"),
    ("alice", "POST", "/api/tickets", {"data": "{}", "content_type": "text/plain"}, 415,
     "unsupported_media_type"),
    ("alice", "POST", "/api/tickets", {"data": b" " * 2_000_000, **JSON}, 413, "too_large"),
    ("alice", "POST", "/api/tickets", {"json": {"subject": "S"}}, 422, "invalid"),
    ("alice", "GET", "/api/tickets?page=0", {}, 422, "invalid"),
    ("mona", "PUT", "/api/tickets/1/status", {"json": {"action": "Close"}}, 409,
     "invalid_transition"),
]  # fmt: skip


@pytest.fixture(params=[False, True], ids=["set up last", "set up first"])
def tickets_first(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def start(uri: str, tmp_path: Any) -> Iterator[Start]:
    """Start a host of `HOSTS`; ``has_tickets=False`` is the same host without the extension."""
    with ExitStack() as running:

        def begin(host: str, *, has_tickets: bool = True, **config: Any) -> Flask:
            if has_tickets:
                folder = f"file://{tmp_path}/files"
                config = {"SUPPORT_TICKETS_STORAGE": folder, "SUPPORT_TICKETS_API_DOCS": True} | (
                    config
                )
            address = uri if has_tickets else f"{uri}.bare"
            return running.enter_context(
                running_host(HOSTS[host], address, has_tickets=has_tickets, **config)
            )

        yield begin


def open_as_sent(client: FlaskClient, method: str, path: str, how: dict[str, Any]) -> TestResponse:
    """Send a request of the table; a file in it is opened anew for each."""
    data = how.get("data")
    if isinstance(data, dict):
        fresh = {name: _opened(value) for name, value in data.items()}
        how = {**how, "data": fresh}
    return client.open(path, method=method, **how)


def _opened(value: Any) -> Any:
    return (value[0](value[1]), "note.txt") if isinstance(value, tuple) else value


def shown(answer: TestResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    """What a client sees of an answer, less what differs from one moment to the next."""
    moving = {"Date", "Set-Cookie"}
    headers = [(name, value) for name, value in answer.headers if name not in moving]
    return answer.status_code, answer.data, sorted(headers)


@pytest.mark.parametrize("host", HOSTS)
class TestEveryHost:
    def test_its_own_answers_are_those_it_gives_without_us(
        self, start: Start, host: str, tickets_first: bool, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.CRITICAL)
        apps = [start(host, tickets_first=tickets_first), start(host, has_tickets=False)]
        statuses = set()
        for name in (None, "alice"):
            clients = [sign_in(app, name) for app in apps]
            for method, path, how in HOSTS_OWN:
                ours, bare = (open_as_sent(client, method, path, how) for client in clients)
                assert shown(ours) == shown(bare), (method, path, how)
                statuses.add(bare.status_code)
        assert {200, 400, 404, 405, 413, 415, 422, 500} <= statuses

    def test_a_ticket_lives_from_filing_to_closing(
        self, start: Start, host: str, tickets_first: bool
    ) -> None:
        app = start(host, tickets_first=tickets_first)
        trip = Trip(sign_in(app, "alice"), sign_in(app, "mona"))
        assert trip.live()["statusName"] == "Closed"

    def test_what_our_api_refuses_has_our_shape(
        self, start: Start, host: str, tickets_first: bool
    ) -> None:
        app = start(host, tickets_first=tickets_first)
        Trip(sign_in(app, "alice"), sign_in(app, "mona")).file()
        for name, method, path, how, status, code in REFUSED:
            answer = open_as_sent(sign_in(app, name), method, path, how)
            assert answer.status_code == status, (method, path)
            assert answer.content_type == "application/json"
            assert answer.json["success"] is False
            assert answer.json["error"]["code"] == code
            assert ("Allow" in answer.headers) is (status == 405)
            assert ("WWW-Authenticate" in answer.headers) is (status == 401)

    def test_files_arrive_though_the_host_takes_small_bodies_only(
        self, start: Start, host: str, tickets_first: bool
    ) -> None:
        app = start(host, tickets_first=tickets_first)
        client, data = sign_in(app, "alice"), b"A long note. " * 100_000
        form = {"file": (io.BytesIO(data), "note.txt")}
        upload = client.post("/api/ticket-attachments", data=form)
        assert upload.status_code == 201
        body = {"subject": "S", "description": "D", "attachmentUrls": [upload.json["data"]["url"]]}
        assert client.post("/api/tickets", json=body).status_code == 201
        fields = form_fields(client.get("/settings/ticket/new").text)
        typed = {"subject": "S", "description": "D", "attachments": (io.BytesIO(data), "b.txt")}
        answer = client.post("/settings/ticket/new", data={**fields, **typed})
        assert answer.status_code == 303
        for row in client.get("/api/tickets").json["data"]["tickets"]:
            [url] = row["attachmentUrls"]
            answer = client.get(url)
            assert answer.data == data
            assert answer.headers["Content-Disposition"].startswith("attachment; ")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        form = {"file": (io.BytesIO(data), "note.txt")}
        assert client.post("/hosts/form", data=form).status_code == 413

    def test_our_document_is_served_and_is_about_us_alone(
        self, start: Start, host: str, tickets_first: bool
    ) -> None:
        app = start(host, tickets_first=tickets_first)
        client = sign_in(app, "alice")
        document = client.get("/api/tickets/openapi.json").json
        assert document["openapi"] == "3.1.0"
        assert {path.split("/")[2].rpartition("-")[0] or path.split("/")[2] for path in
                document["paths"]} == {"tickets", "ticket"}  # fmt: skip
        assert client.get("/api/tickets/docs").status_code == 200
