"""A database that goes away right after a commit: what is stored is told as stored (U2)."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from flask_support_tickets import TicketStatus
from flask_support_tickets.transaction import unit_of_work

from .cases.conftest import NEW, fill
from .host import db, tickets

STEP = {"action": "MarkAsResolved"}


@pytest.fixture
def dies_after_commit(app):
    """Let every statement fail that follows a commit; call it to let the database live again."""
    commits = []

    def note(_connection):
        commits.append(True)

    def fail(*_):
        if commits:
            raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    def live():
        commits.clear()
        event.remove(db.engine, "commit", note)
        event.remove(db.engine, "before_cursor_execute", fail)

    def die():
        db.session.rollback()
        event.listen(db.engine, "commit", note)
        event.listen(db.engine, "before_cursor_execute", fail)
        return live

    return die


def file():
    return io.BytesIO(b"A line of a log.\n"), "a.log"


def requests(ticket_id):
    """Return each writing request: of whom, where, what, and the answer when all is well."""
    api, page = "/api/tickets", f"/settings/ticket/{ticket_id}"
    admin = f"/admin/tickets/{ticket_id}"
    comment = {"ticketId": ticket_id, "text": "A word."}
    return {
        "api ticket": ("alice", "POST", api, {"json": {"subject": "S", "description": "D"}}, 201),
        "api comment": ("alice", "POST", "/api/ticket-comments", {"json": comment}, 201),
        "api step": ("mona", "PUT", f"{api}/{ticket_id}/status", {"json": STEP}, 200),
        "api file": ("alice", "POST", "/api/ticket-attachments", {"data": {"file": file()}}, 201),
        "page ticket": ("alice", "POST", NEW, {"form": {"subject": "S", "description": "D"}}, 303),
        "page file": (
            *("alice", "POST", NEW),
            {"form": {"subject": "S", "description": "D", "attachments": file()}},
            303,
        ),
        "page comment": ("alice", "POST", f"{page}/comments", {"form": {"text": "A word."}}, 303),
        "page seen": ("alice", "POST", f"{page}/seen", {"form": {"count": "1"}}, 303),
        "admin reply": ("mona", "POST", f"{admin}/comments", {"form": {"text": "A word."}}, 303),
        "admin step": ("mona", "POST", f"{admin}/status", {"form": STEP}, 303),
        "admin seen": ("mona", "POST", f"{admin}/seen", {"form": {"count": "1"}}, 303),
        "admin bulk": (
            *("mona", "POST", "/admin/tickets/bulk"),
            {"form": {"ticketId": str(ticket_id), "step": "MarkAsResolved"}},
            303,
        ),
    }


@pytest.mark.parametrize("what", requests(1))
def test_it_is_told_as_stored(
    client_of, alice, mona, make_ticket, make_comment, everything, dies_after_commit, what
):
    ticket = make_ticket(TicketStatus.InProgress)
    make_comment(ticket, mona)
    make_comment(ticket, alice)
    who, method, url, sent, status = requests(ticket.id)[what]
    client = client_of({"alice": alice, "mona": mona}[who])
    if "form" in sent:
        sent = {"data": fill(client, **sent["form"])}
    before, live = everything(), dies_after_commit()
    answer = client.open(url, method=method, **sent)
    live()
    assert answer.status_code == status
    assert everything() != before


def test_reopening_is_told_as_done(client_of, alice, make_ticket, dies_after_commit):
    ticket = make_ticket(TicketStatus.Resolved)
    client, ticket_id = client_of(alice), ticket.id
    data = fill(client)
    live = dies_after_commit()
    assert client.post(f"/settings/ticket/{ticket_id}/reopen", data=data).status_code == 303
    live()
    assert db.session.get(tickets.Ticket, ticket_id).status == TicketStatus.InProgress


def test_what_is_read_after_a_unit_does_not_say_that_nothing_was_changed(
    app, client_of, alice, make_ticket, monkeypatch
):
    """A receiver of the host may run a unit before our statement fails."""
    from flask_support_tickets import services

    def read(**_):
        unit_of_work(lambda: None)
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    client = client_of(alice)
    monkeypatch.setattr(services, "list_events", read)
    answer = client.get(f"/api/tickets/{make_ticket().id}/events")
    assert answer.status_code == 503
    assert "Nothing was changed" not in answer.json["error"]["message"]
    assert answer.headers["Retry-After"] == "1"
