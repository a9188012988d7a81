"""Beside other extensions, the host works as it does without ours, and ours works as always."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask_talisman import DEFAULT_CSP_POLICY
from werkzeug.test import TestResponse

from ..conftest import form_fields
from .neighbours import HOSTS_MAX_BYTES, running_host
from .small import sign_in
from .trip import Trip

pytestmark = pytest.mark.slow

LONG = b"x" * (HOSTS_MAX_BYTES + 1)
JSON = {"content_type": "application/json"}
#: Requests to the host's own views: method, path, and how it is sent.
HOSTS_OWN: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/", {}), ("HEAD", "/hosts/page", {}), ("OPTIONS", "/hosts/page", {}),
    ("DELETE", "/hosts/page", {}), ("GET", "/nowhere", {}), ("GET", "/api", {}),
    ("GET", "/api/ticketsy", {}), ("GET", "/settings/other", {}), ("GET", "/admin/", {}),
    ("GET", "/admin/nowhere", {}), ("GET", "/hosts/broken", {}),
    *(("GET", f"/hosts/abort/{code}", {}) for code in (400, 401, 403, 409, 413, 422, 429, 503)),
    ("POST", "/hosts/json", {"json": {"a": 1}}), ("POST", "/hosts/json", {"data": "{", **JSON}),
    ("POST", "/hosts/json", {"data": "{}", "content_type": "text/plain"}),
    ("POST", "/hosts/json", {"data": b'"%s"' % LONG, **JSON}),
    ("POST", "/hosts/form", {"data": {"text": "T"}}), ("POST", "/hosts/form", {"data": LONG}),
    ("POST", "/hosts/smorest/pets", {"json": {"name": "Rex", "legs": 4}}),
    ("POST", "/hosts/smorest/pets", {"json": {"legs": "four"}}),
    ("PUT", "/hosts/smorest/pets", {}), ("GET", "/hosts/openapi.json", {}),
    ("POST", "/hosts/apiflask/pets", {"json": {"name": "Rex", "legs": 4}}),
    ("POST", "/hosts/apiflask/pets", {"json": {"legs": "four"}}),
    ("PUT", "/hosts/apiflask/pets", {}), ("GET", "/openapi.json", {}),
]  # fmt: skip
#: Requests that our API refuses: who, method, path, how it is sent, status and code.
REFUSED: list[tuple[str | None, str, str, dict[str, Any], int, str]] = [
    (None, "GET", "/api/tickets", {}, 401, "not_authenticated"),
    ("alice", "GET", "/api/tickets/1/nope", {}, 404, "not_found"),
    ("bob", "GET", "/api/tickets/{ticket}", {}, 404, "not_found"),
    ("alice", "DELETE", "/api/tickets", {}, 405, "method_not_allowed"),
    ("alice", "POST", "/api/tickets", {"json": {}, "headers": {"Origin": "http://evil.example"}},
     403, "cross_site_request"),
    ("alice", "POST", "/api/tickets", {"data": "{", **JSON}, 400, "malformed_json"),
    ("alice", "POST", "/api/tickets", {"data": "{}", "content_type": "text/plain"}, 415,
     "unsupported_media_type"),
    ("alice", "POST", "/api/tickets", {"data": b" " * 2_000_000, **JSON}, 413, "too_large"),
    ("alice", "GET", "/api/tickets?page=0", {}, 422, "invalid"),
    ("mona", "PUT", "/api/tickets/{ticket}/status", {"json": {"action": "Close"}}, 409,
     "invalid_transition"),
]  # fmt: skip
#: What a Content-Security-Policy of the same site alone would block.
INLINE = re.compile(
    r"""<style|<script(?![^>]*\ssrc="/)|\s(?:style|on[a-z]+)=|="(?:javascript|data):"""
)
QUERIES = ("", "?status=New", "?status=what", "?page=9", "?search=fire", "?assignedTo=me")
#: Pages of ours, of the user and of staff.
USER_PAGES = [
    *(f"/settings/ticket{query}" for query in QUERIES), "/settings/ticket/new",
    "/settings/ticket/{ticket}", "/settings/ticket/{ticket}?replyTo=1", "/api/tickets/docs",
]  # fmt: skip
ADMIN_PAGES = [
    *(f"/admin/tickets/{query}" for query in QUERIES),
    "/admin/tickets/{ticket}", "/admin/tickets/{ticket}?replyTo=1",
]  # fmt: skip


@pytest.fixture(
    scope="module",
    params=[
        ("flask-smorest", "last"), ("APIFlask", "first"), ("Flask-Limiter", "last"),
        ("strict", "last"), ("all", "first"), ("all", "last"),
    ],
    ids=lambda param: f"{param[0]}, ours {param[1]}",
)  # fmt: skip
def hosts(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Flask, Flask]]:
    """Return a host with the extension, and the same host without it."""
    (name, when), folder = request.param, tmp_path_factory.mktemp("host")
    config = {"SUPPORT_TICKETS_STORAGE": f"file://{folder}/files", "SUPPORT_TICKETS_API_DOCS": True}
    with (
        running_host(name, f"sqlite:///{folder}/with.db", with_tickets=when, **config) as app,
        running_host(name, f"sqlite:///{folder}/without.db", with_tickets="never") as bare,
    ):
        yield app, bare


@pytest.fixture
def app(hosts: tuple[Flask, Flask]) -> Flask:
    return hosts[0]


@pytest.fixture
def trip(app: Flask) -> Trip:
    return Trip(sign_in(app, "alice"), sign_in(app, "mona"))


def content_of(answer: TestResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Return a response without the headers that differ from one moment to the next."""
    headers = [each for each in answer.headers if each[0] not in ("Date", "Set-Cookie")]
    return answer.status_code, answer.data, sorted(headers)


def test_host_answers_its_own_requests_as_it_does_without_the_extension(hosts, caplog):
    caplog.set_level(logging.CRITICAL)
    statuses = set()
    for name in (None, "alice"):
        clients = [sign_in(app, name) for app in hosts]
        for method, path, how in HOSTS_OWN:
            ours, bare = (client.open(path, method=method, **how) for client in clients)
            assert content_of(ours) == content_of(bare), (method, path, how)
            statuses.add(bare.status_code)
    assert {200, 400, 404, 405, 413, 415, 422, 500} <= statuses


def test_ticket_lives_from_opening_to_closing(trip):
    assert trip.live()["statusName"] == "Closed"


def test_api_refuses_in_its_own_shape(app, trip):
    clients = {name: sign_in(app, name) for name in (None, "alice", "bob", "mona")}
    trip.open_ticket()
    for name, method, path, how, status, code in REFUSED:
        path = path.format(ticket=trip.ticket_id)
        answer = clients[name].open(path, method=method, **how)
        assert (answer.status_code, answer.json["error"]["code"]) == (status, code), (method, path)
        assert answer.content_type == "application/json"
        assert ("Allow" in answer.headers) is (status == 405)
        assert ("WWW-Authenticate" in answer.headers) is (status == 401)


def test_long_texts_and_files_arrive_although_the_host_limits_request_bodies(app):
    client, data = sign_in(app, "alice"), b"A long note. " * 50_000
    upload = client.post("/api/ticket-attachments", data={"file": (io.BytesIO(data), "note.txt")})
    content = {"subject": "S", "description": "😀" * 20_000}
    body = {**content, "attachmentUrls": [upload.json["data"]["url"]]}
    assert client.post("/api/tickets", json=body).status_code == 201
    fields = form_fields(client.get("/settings/ticket/new").text)
    form = {**fields, **content, "attachments": (io.BytesIO(data), "b.txt")}
    assert client.post("/settings/ticket/new", data=form).status_code == 303
    for ticket in client.get("/api/tickets?pageSize=2").json["data"]["tickets"]:
        answer = client.get(ticket["attachmentUrls"][0])
        assert answer.data == data
        policies = answer.headers.getlist("Content-Security-Policy")
        assert policies == ["sandbox; default-src 'none'"]
    assert client.post("/hosts/json", json=content).status_code == 413


def test_openapi_documents_of_host_and_extension_do_not_mix(app):
    client = sign_in(app, "alice")
    ours = client.get("/api/tickets/openapi.json").json
    assert ours["openapi"] == "3.1.0"
    assert all(path.startswith("/api/ticket") for path in ours["paths"])
    assert client.get("/api/tickets/docs").status_code == 200
    for address in ("/hosts/openapi.json", "/openapi.json"):
        assert "ticket" not in client.get(address).text.lower()


@pytest.mark.parametrize("hosts", [("strict", "first")], indirect=True)
def test_pages_of_a_strict_host_have_no_undefined_names_and_nothing_inline(trip):
    policy = "; ".join(f"{name} {value}" for name, value in DEFAULT_CSP_POLICY.items())
    faces = [(trip.owner, "<html", USER_PAGES), (trip.staff, '<div class="st-root', ADMIN_PAGES)]
    steps = [trip.start_progress, lambda: trip.reply_as_staff("Where?"), trip.resolve, trip.close]
    for step in (trip.open_ticket, *steps):
        step()
        for client, start, paths in faces:
            for path in paths:
                answer = client.get(path.format(ticket=trip.ticket_id))
                assert answer.status_code in (200, 422), path
                assert INLINE.findall(answer.text.partition(start)[2] or "<style") == [], path
                assert answer.headers.getlist("Content-Security-Policy") == [policy], path
                assert answer.headers.getlist("X-Frame-Options") == ["SAMEORIGIN"], path


@pytest.mark.parametrize("hosts", [("strict", "first"), ("all", "first")], indirect=True)
def test_csrf_protect_guards_the_hosts_forms_and_leaves_ours_to_us(app, trip):
    """Rule C1."""
    trip.open_ticket()
    trip.start_progress()
    for client, page in ((trip.owner, trip.page), (trip.staff, trip.admin_page)):
        answer = client.post(f"{page}/comments", data={"text": "Typed with care."})
        assert answer.status_code == 400
        assert "Typed with care.</textarea>" in answer.text
    assert trip.ticket()["commentCount"] == 0
    for form, status in (({}, 400), ({"csrf_token": trip.owner.get("/hosts/token").text}, 200)):
        assert trip.owner.post("/hosts/form", data=form).status_code == status


@pytest.mark.parametrize("name", ["Flask-Limiter", "all"])
def test_default_limits_of_flask_limiter_hold_for_every_face(name, tmp_path):
    """Rule Q2."""
    body = {"subject": "S", "description": "D"}
    uri = f"sqlite:///{tmp_path}/host.db"
    with running_host(name, uri, RATELIMIT_DEFAULT="3/minute") as app:
        alice, mona = sign_in(app, "alice"), sign_in(app, "mona")
        answers = [alice.post("/api/tickets", json=body) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [201] * 3 + [429] * 2
        assert answers[-1].json["error"]["code"] == "too_many_requests"
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
        assert alice.get("/api/tickets").json["data"]["totalCount"] == 3
        pages = {"/hosts/page": alice, "/settings/ticket": alice, "/admin/tickets/": mona}
        last = [[client.get(path) for _ in range(4)][-1] for path, client in pages.items()]
        assert {answer.status_code for answer in last} == {429}
        assert len({(answer.data, answer.content_type) for answer in last}) == 1
