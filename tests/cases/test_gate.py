"""A license gate that shuts in between, or whose check fails.

Rules L3, L4. Case 117.
"""

from __future__ import annotations

import dataclasses
from contextlib import suppress

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from flask_support_tickets import TicketStatus

from ..host import db
from .conftest import fill


@pytest.fixture
def shut(app):
    return lambda *args: app.config.update(supportTickets=False)


@pytest.fixture
def check_by(app, monkeypatch):
    """Let a function decide whether the gate is open."""
    state = app.extensions["support_tickets"]

    def decide_by(check):
        asking = dataclasses.replace(state, license_check=check)
        monkeypatch.setitem(app.extensions, "support_tickets", asking)

    return decide_by


def assert_shut(client):
    answer = client.get("/api/tickets")
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "feature_not_licensed")
    assert client.get("/settings/ticket").status_code == 404
    assert client.get("/admin/tickets/").status_code == 404


@pytest.mark.parametrize("face", ["api", "page", "admin"])
def test_request_is_completed_when_the_gate_shuts_before_the_commit(
    client_of, mona, make_ticket, everything, shut, face
):
    ticket = make_ticket(TicketStatus.InProgress, owner=mona)
    client = client_of(mona)
    data = fill(client, text="A word.")
    before = everything()
    event.listen(db.session, "before_commit", shut)
    try:
        if face == "api":
            body = {"ticketId": ticket.id, "text": "A word."}
            assert client.post("/api/ticket-comments", json=body).status_code == 201
        else:
            url = {"page": "/settings/ticket", "admin": "/admin/tickets"}[face]
            answer = client.post(f"{url}/{ticket.id}/comments", data=data)
            assert answer.status_code == 303
    finally:
        event.remove(db.session, "before_commit", shut)
    assert_shut(client)
    after = everything()
    for name in ("support_ticket_comment", "support_ticket_event"):
        assert len(after[name]) == len(before[name]) + 1


class Awaitable:
    def __await__(self):
        yield


def test_license_check_that_is_async_shuts_the_gate(client_of, mona, check_by, caplog):
    client = client_of(mona)
    check_by(lambda app: Awaitable())
    assert_shut(client)
    assert "must not be async" in caplog.text


def fail_in_sql(app):
    db.session.execute(db.text("SELECT * FROM no_such_table"))


def fail_in_pool(app):
    raise PoolTimeoutError("QueuePool limit reached")


def fail_after_sql(app):
    with suppress(DBAPIError):
        fail_in_sql(app)
    raise PendingRollbackError("Can't reconnect until invalid transaction is rolled back.")


@pytest.mark.parametrize("check", [fail_in_sql, fail_in_pool, fail_after_sql])
def test_license_check_that_meets_a_database_error_is_503_and_spares_the_host(
    app, client_of, mona, check_by, caplog, check
):
    @app.route("/busy")
    def busy():  # a page of the host that uses the database
        with app.extensions["support_tickets"].session.no_autoflush:
            return str(db.session.scalar(db.select(db.func.count()).select_from(type(mona))))

    client = client_of(mona)
    check_by(check)
    answer = client.get("/api/tickets")
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"]
    for path in ("/settings/ticket", "/settings/ticket/new", "/admin/tickets/"):
        answer = client.get(path)
        assert (answer.status_code, "Retry-After" in answer.headers) == (503, True), path
    home = client.get("/admin/")
    assert home.status_code == 200
    assert "/admin/tickets/" not in home.text
    assert client.get("/busy").text == "1"
    assert "met a database error" in caplog.text
    check_by(None)
    assert client.get("/api/tickets").status_code == 200
