"""What staff see about a requester, on every database: other tickets, counts, the first ticket."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from flask_support_tickets import Policy, TicketStatus
from flask_support_tickets.current import current_tickets
from flask_support_tickets.services import get_requester, get_ticket
from flask_support_tickets.services.tickets import requester as module

from ..databases import every_database
from ..host import db

NEW, IN_PROGRESS, RESOLVED, CLOSED = TicketStatus


@pytest.fixture
def requester_of(as_actor, mona):
    def find(ticket, user=mona):
        actor = as_actor(user)
        return get_requester(actor=actor, ticket=get_ticket(actor=actor, ticket_id=ticket.id))

    return find


@every_database
def test_open_tickets_come_first_then_the_newest(make_ticket, requester_of, bob, as_actor, mona):
    tickets = [make_ticket(status) for status in (CLOSED, NEW, RESOLVED, IN_PROGRESS, CLOSED)]
    make_ticket(owner=bob)
    shown = make_ticket(NEW)
    first, new, resolved, in_progress, closed = (each.id for each in tickets)
    found = requester_of(shown)
    assert [each.id for each in found.others] == [in_progress, new, closed, resolved, first]
    assert [each.status for each in found.others] == [IN_PROGRESS, NEW, CLOSED, RESOLVED, CLOSED]
    assert (found.total_count, found.is_capped) == (6, False)
    assert found.since == get_ticket(actor=as_actor(mona), ticket_id=first).created_at
    make_ticket(RESOLVED)
    assert first not in [each.id for each in requester_of(shown).others]
    assert len(requester_of(tickets[0]).others) == 5


@every_database
def test_count_of_tickets_has_a_limit(make_ticket, requester_of, monkeypatch):
    monkeypatch.setattr(module, "COUNT_MAX", 2)
    tickets = [make_ticket(status) for status in (NEW, CLOSED)]
    assert requester_of(tickets[0]).is_capped is False
    make_ticket(CLOSED)
    current_tickets.models.statements.clear()
    found = requester_of(tickets[0])
    assert (found.total_count, found.is_capped) == (2, True)
    current_tickets.models.statements.clear()


def test_hidden_tickets_are_neither_listed_nor_counted(
    make_ticket, requester_of, change_state, adam, as_actor
):
    """Rule A1."""

    class Departments(Policy):
        def visible_tickets(self, user, Ticket):
            return Ticket.department == "IT" if user.role == "moderator" else None

    make_ticket(department="Legal")
    seen = make_ticket(department="IT")
    shown = make_ticket(department="IT")
    change_state(policy=Departments())
    found = requester_of(shown)
    assert [each.id for each in found.others] == [seen.id]
    assert found.total_count == 2
    assert found.since == get_ticket(actor=as_actor(adam), ticket_id=seen.id).created_at
    assert requester_of(shown, adam).total_count == 3


def test_deleted_requester_is_none(make_ticket, requester_of, bob):
    """Case 118."""
    ticket = make_ticket(owner=bob)
    db.session.execute(sa.delete(type(bob).__table__).where(type(bob).__table__.c.id == bob.id))
    db.session.commit()
    assert requester_of(ticket) is None
