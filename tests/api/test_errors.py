"""Errors have one shape, whoever raises them; the host's own pages stay its own."""

from __future__ import annotations

import pytest
import sqlalchemy.exc
from flask import abort, make_response
from werkzeug.exceptions import Conflict, TooManyRequests

from flask_support_tickets.api.errors import STATUS_BY_CODE, ApiError


class TestUnmatchedUrls:
    @pytest.mark.parametrize(
        "url",
        ["/api/tickets/", "/api/tickets/1/", "/api/tickets/1/nope", "/api/tickets//1",
         "/api/ticket-comments/x", "/api/ticket-attachments/key",
         "/api/ticket-attachments/a/b/c"],
    )  # fmt: skip
    def test_below_our_prefixes_are_json(self, client_of, url):
        answer = client_of(None).get(url)
        assert answer.status_code == (405 if url.endswith("comments") else 404)
        assert answer.json["success"] is False

    @pytest.mark.parametrize(
        "url", ["/api/ticketsy", "/api", "/api/other", "/nope", "/api/Tickets"]
    )
    def test_all_others_are_the_hosts(self, client_of, url):
        answer = client_of(None).get(url)
        assert answer.status_code == 404
        assert not answer.is_json

    def test_the_hosts_own_405_stays_its_own(self, client_of):
        answer = client_of(None).delete("/login")
        assert answer.status_code == 405
        assert not answer.is_json


class TestMethods:
    def test_head_answers_like_get_without_a_body(self, client_of, alice):
        client = client_of(alice)
        get, head = client.get("/api/tickets"), client.head("/api/tickets")
        assert (head.status_code, head.data) == (200, b"")
        assert head.headers["Content-Length"] == get.headers["Content-Length"]

    def test_options_says_what_is_there(self, client_of, alice):
        answer = client_of(alice).options("/api/tickets")
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


class TestWhatTheHostAborts:
    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (429, "too_many_requests"),
            (503, "unavailable"),
            (403, "not_allowed"),
            (418, "not_allowed"),
        ],
    )
    def test_has_our_shape_and_its_headers(self, app, client_of, alice, status, code):
        client = client_of(alice)
        app.before_request_funcs.setdefault("support_tickets_api", []).append(lambda: abort(status))
        answer = client.get("/api/tickets")
        assert (answer.status_code, answer.json["error"]["code"]) == (status, code)

    def test_keeps_retry_after(self, app, client_of, alice):
        def stop():
            raise TooManyRequests(retry_after=7)

        client = client_of(alice)
        app.before_request_funcs.setdefault("support_tickets_api", []).append(stop)
        assert client.get("/api/tickets").headers["Retry-After"] == "7"

    def test_leaves_a_ready_response_alone(self, app, client_of, alice):
        def stop():
            raise Conflict(response=make_response("mine", 409))

        client = client_of(alice)
        app.before_request_funcs.setdefault("support_tickets_api", []).append(stop)
        answer = client.get("/api/tickets")
        assert (answer.status_code, answer.text) == (409, "mine")

    def test_a_sign_out_in_between_is_401(self, app, client_of, alice):
        from flask_login import logout_user

        client = client_of(alice)
        app.before_request_funcs.setdefault("support_tickets_api", []).append(
            lambda: {True: None}[logout_user()]
        )
        assert client.get("/api/tickets").status_code == 401


class TestFaults:
    def break_statements(self, app, error):
        from sqlalchemy import event

        from tests.host import db

        def fail(connection, cursor, statement, *rest):
            if "support_ticket" in statement:
                raise error

        event.listen(db.engine, "before_cursor_execute", fail)

    @pytest.mark.parametrize(
        "url",
        ["/api/tickets", "/api/tickets/1", "/settings/ticket", "/settings/ticket/1",
         "/admin/tickets/", "/admin/tickets/1"],
    )  # fmt: skip
    def test_a_database_out_of_reach_is_503(self, app, client_of, mona, url):
        client = client_of(mona)
        error = sqlalchemy.exc.OperationalError("secret", {}, Exception("secret"))
        self.break_statements(app, error)
        answer = client.get(url)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "1"
        assert "secret" not in answer.text

    def test_a_write_is_503_and_changes_nothing(self, app, client_of, alice, everything):
        client, before = client_of(alice), everything()
        self.break_statements(app, sqlalchemy.exc.TimeoutError("pool"))
        answer = client.post("/api/tickets", json={"subject": "S", "description": "D"})
        assert (answer.status_code, answer.json["error"]["code"]) == (503, "unavailable")
        assert before["support_ticket"] == []

    def test_a_statement_that_is_wrong_is_500_without_details(self, app, client_of, alice):
        app.config["PROPAGATE_EXCEPTIONS"] = False
        client = client_of(alice)
        self.break_statements(app, sqlalchemy.exc.DataError("secret", {}, Exception("secret")))
        answer = client.get("/api/tickets")
        assert (answer.status_code, answer.json["error"]["code"]) == (500, "internal_error")
        assert "secret" not in answer.text
        client.application.testing = False
        assert client.get("/settings/ticket").status_code == 500


#: Codes whose sentence comes from the use case that refused.
BY_USE_CASES = {
    "invalid",
    "invalid_transition",
    "comments_not_allowed",
    "idempotency_conflict",
    "precondition_failed",
    "storage_full",
}


def test_every_code_has_a_sentence():
    for code in STATUS_BY_CODE.keys() - BY_USE_CASES:
        assert ApiError(code).message
