"""A database that goes away right after a commit: the change is reported as stored. Rule U2."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from flask_support_tickets import TicketStatus, services, unit_of_work

from .conftest import form_fields
from .host import db

NEW = "/settings/ticket/new"
CONTENT = {"subject": "S", "description": "D"}


@pytest.fixture
def die_after_commit(app):
    """Let every statement fail that follows a commit; returns a function that ends this."""
    commits = []

    def note(_connection):
        commits.append(True)

    def fail(*_):
        if commits:
            raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    def revive():
        event.remove(db.engine, "commit", note)
        event.remove(db.engine, "before_cursor_execute", fail)

    def die():
        db.session.rollback()
        event.listen(db.engine, "commit", note)
        event.listen(db.engine, "before_cursor_execute", fail)
        return revive

    return die


def file():
    return io.BytesIO(b"A line of a log.\n"), "a.log"


#: Each writing request on ticket 1 (2 is resolved): by whom, where, what is sent, and the status.
REQUESTS = {
    "api ticket": ("alice", "/api/tickets", {"json": CONTENT}, 201),
    "api comment": ("alice", "/api/ticket-comments", {"json": {"ticketId": 1, "text": "A"}}, 201),
    "api status": ("mona", "/api/tickets/1/status", {"json": {"action": "MarkAsResolved"}}, 200),
    "api edit": ("mona", "/api/tickets/1", {"json": {"priority": 3, "tags": ["a"]}}, 200),
    "api file": ("alice", "/api/ticket-attachments", {"file": file}, 201),
    "page ticket": ("alice", NEW, {"form": CONTENT}, 303),
    "page ticket with file": ("alice", NEW, {"form": {**CONTENT, "attachments": file}}, 303),
    "page comment": ("alice", "/settings/ticket/1/comments", {"form": {"text": "A"}}, 303),
    "page reopen": ("alice", "/settings/ticket/2/reopen", {"form": {}}, 303),
    "page read marker": ("alice", "/settings/ticket/1/seen", {"form": {"count": "1"}}, 303),
    "admin comment": ("mona", "/admin/tickets/1/comments", {"form": {"text": "A"}}, 303),
    "admin status": (
        "mona", "/admin/tickets/1/status", {"form": {"action": "MarkAsResolved"}}, 303,
    ),
    "admin read marker": ("mona", "/admin/tickets/1/seen", {"form": {"count": "1"}}, 303),
    "admin bulk": (
        "mona", "/admin/tickets/bulk", {"form": {"ticketId": "1", "step": "MarkAsResolved"}}, 303,
    ),
}  # fmt: skip
METHODS = {"api status": "PUT", "api edit": "PATCH"}


@pytest.mark.parametrize("what", REQUESTS)
def test_change_is_reported_as_stored_though_the_database_is_gone(
    request, client_of, alice, mona, make_ticket, make_comment, everything, die_after_commit, what
):
    ticket = make_ticket(TicketStatus.InProgress)
    make_comment(ticket, mona)
    make_comment(ticket, alice)
    make_ticket(TicketStatus.Resolved)
    user, url, sent, status = REQUESTS[what]
    client = client_of(request.getfixturevalue(user))
    if "form" in sent:
        form = {key: value() if callable(value) else value for key, value in sent["form"].items()}
        sent = {"data": {**form_fields(client.get(NEW).text), **form}}
    elif "file" in sent:
        sent = {"data": {"file": file()}}
    before, revive = everything(), die_after_commit()
    answer = client.open(url, method=METHODS.get(what, "POST"), **sent)
    revive()
    assert answer.status_code == status
    assert everything() != before


def test_failed_read_after_a_unit_does_not_say_that_nothing_was_changed(
    client_of, alice, make_ticket, monkeypatch
):
    """A receiver of the host may have run a unit in the same request."""

    def read(**_):
        unit_of_work(lambda: None)
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    client = client_of(alice)
    monkeypatch.setattr(services, "list_events", read)
    answer = client.get(f"/api/tickets/{make_ticket().id}/events")
    assert answer.status_code == 503
    assert "Nothing was changed" not in answer.json["error"]["message"]
    assert answer.headers["Retry-After"] == "1"
