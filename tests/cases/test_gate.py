"""A license gate that shuts in between, or whose check fails.

Rules L3, L4. Case 117.
"""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import event

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


def test_license_check_that_is_async_or_fails_in_sql_shuts_the_gate_and_spares_the_host(
    client_of, mona, check_by, caplog
):
    client = client_of(mona)
    check_by(lambda app: Awaitable())
    assert_shut(client)
    assert "must not be async" in caplog.text
    check_by(lambda app: db.session.execute(db.text("SELECT * FROM no_such_table")).all())
    assert client.get("/admin/").status_code == 200
    assert_shut(client)
