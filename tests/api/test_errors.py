"""Errors of the API have one shape, whoever raises them; the host's own pages stay its own."""

from __future__ import annotations

import pytest
from flask import make_response
from flask_login import logout_user
from werkzeug.exceptions import (
    Conflict,
    ImATeapot,
    ServiceUnavailable,
    TooManyRequests,
)


@pytest.fixture
def before_views(app):
    """Run a function in front of every view of the API."""
    return lambda function: app.before_request_funcs.setdefault("support_tickets_api", []).append(
        function
    )


def test_unknown_addresses_below_our_prefixes_are_json(client_of, alice):
    for client in (client_of(None), client_of(alice)):
        for url in (
            "/api/tickets/", "/api/tickets/1/", "/api/tickets/1/nope", "/api/tickets//1",
            "/api/ticket-attachments/key", "/api/ticket-attachments/a/b/c",
            "/api/ticket-saved-replies/1",
        ):  # fmt: skip
            answer = client.get(url)
            assert (answer.status_code, answer.json["error"]["code"]) == (404, "not_found"), url


def test_other_errors_are_the_hosts(app, client_of, alice):
    client = client_of(alice)
    for url in ("/api/ticketsy", "/api", "/api/other", "/nope", "/api/Tickets"):
        answer = client.get(url)
        assert (answer.status_code, answer.is_json) == (404, False), url
    answer = client.delete("/login")
    assert (answer.status_code, answer.is_json) == (405, False)
    app.config["TRUSTED_HOSTS"] = ["good.example"]
    assert client.get("/api/tickets").status_code == 400


def test_error_handler_of_the_host_does_not_render_errors_of_the_api(app, client_of, alice):
    app.register_error_handler(413, lambda error: ("<h1>mine</h1>", 413))
    answer = client_of(alice).post(
        "/api/tickets", data=b" " * 2_000_000, content_type="application/json"
    )
    assert answer.json["error"]["code"] == "too_large"


def test_head_has_the_headers_of_get_and_no_body(client_of, alice):
    get, head = (client_of(alice).open("/api/tickets", method=name) for name in ("GET", "HEAD"))
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


def test_abort_of_the_host_has_the_shape_of_the_api(client_of, alice, before_views):
    client, errors = client_of(alice), []

    def stop():
        raise errors.pop()

    before_views(stop)
    for error, code in (
        (TooManyRequests(retry_after=7), "too_many_requests"),
        (ServiceUnavailable(), "unavailable"),
    ):  # fmt: skip
        errors.append(error)
        answer = client.get("/api/tickets")
        assert (answer.status_code, answer.json["error"]["code"]) == (error.code, code)
        assert answer.headers.get("Retry-After") == ("7" if error.code == 429 else None)
    errors.append(ImATeapot())
    answer = client.get("/api/tickets")
    assert (answer.status_code, answer.is_json) == (418, False)
    errors.append(Conflict(response=make_response("mine", 409)))
    answer = client.get("/api/tickets")
    assert (answer.status_code, answer.text) == (409, "mine")


def test_sign_out_between_guard_and_view_is_401(app, client_of, alice, before_views):
    client = client_of(alice)

    def sign_out():
        logout_user()

    before_views(sign_out)
    assert client.get("/api/tickets").status_code == 401
    client = client_of(alice)
    app.before_request_funcs["support_tickets_pages"].append(sign_out)
    assert client.get("/settings/ticket").status_code == 401
