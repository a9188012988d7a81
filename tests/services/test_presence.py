"""Who has a ticket's page open. Rule M4."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, update

from flask_support_tickets import NotAllowed, TicketStatus, actor_for
from flask_support_tickets.current import current_tickets
from flask_support_tickets.models import utc_now
from flask_support_tickets.services import (
    forget_old_presence,
    get_ticket,
    list_presence,
    record_presence,
)

from ..databases import every_database
from ..host import db, tickets


@pytest.fixture
def look(act):
    """Load or poll a ticket's page: ``look(mona, ticket, is_replying=True)``."""

    def run(user, ticket, *, is_replying=False):
        act(record_presence, user, ticket_id=ticket.id, is_replying=is_replying)

    return run


def seen_by(user, ticket):
    """Return the name of everybody whom the user sees, and whether they are replying."""
    present = list_presence(actor=actor_for(user), ticket_id=ticket.id)
    return [(each.user_name, each.is_replying) for each in present]


def stored():
    db.session.rollback()
    return db.session.scalar(select(func.count(current_tickets.models.TicketPresence.id)))


def grow_older(**span):
    """Let time pass since the rows were written."""
    rows = current_tickets.models.TicketPresence
    db.session.execute(update(rows).values(seen_at=utc_now() - timedelta(**span)))
    db.session.commit()


@every_database
def test_staff_see_the_others_on_a_ticket_for_a_minute(make_ticket, mona, adam, look):
    ticket, other = make_ticket(), make_ticket()
    look(mona, ticket)
    look(mona, other)
    assert seen_by(adam, ticket) == [("mona", False)]
    assert seen_by(mona, ticket) == []
    look(mona, ticket, is_replying=True)
    look(adam, ticket)
    assert seen_by(adam, ticket) == [("mona", True)]
    assert seen_by(mona, ticket) == [("adam", False)]
    assert seen_by(adam, other) == [("mona", False)]
    assert stored() == 3
    grow_older(seconds=58)
    assert seen_by(adam, ticket) == [("mona", True)]
    grow_older(seconds=61)
    assert seen_by(adam, ticket) == []
    look(mona, ticket)
    assert seen_by(adam, ticket) == [("mona", False)]


@every_database
def test_presence_on_a_hidden_ticket_is_neither_shown_nor_stored(make_ticket, mona, adam, look):
    ticket = make_ticket()
    look(mona, ticket)
    nothing = tickets.Ticket.id < 0
    for limit in ({"criterion": nothing}, {"desk": nothing}):
        limited = replace(actor_for(adam), **limit)
        assert list_presence(actor=limited, ticket_id=ticket.id) == []
        record_presence(actor=limited, ticket_id=ticket.id, is_replying=True)
        db.session.commit()
    record_presence(actor=actor_for(adam), ticket_id=987_654, is_replying=True)
    db.session.commit()
    assert seen_by(mona, ticket) == []
    assert stored() == 1


def test_requester_and_staff_on_requester_pages_have_no_presence(make_ticket, alice, mona, look):
    ticket = make_ticket(owner=mona)
    as_requester = replace(actor_for(mona), reads_as_requester=True)
    for actor in (actor_for(alice), as_requester):
        with pytest.raises(NotAllowed):
            list_presence(actor=actor, ticket_id=ticket.id)
        with pytest.raises(NotAllowed):
            record_presence(actor=actor, ticket_id=ticket.id, is_replying=False)
    assert stored() == 0


@every_database
def test_recording_presence_is_one_statement_and_does_not_change_the_ticket(
    make_ticket, mona, everything
):
    ticket_id = make_ticket(TicketStatus.InProgress).id
    actor, before, statements = actor_for(mona), everything(), []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    for is_replying in (False, True):
        record_presence(actor=actor, ticket_id=ticket_id, is_replying=is_replying)
    db.session.commit()
    assert [line.split()[:3] for line in statements if "support_ticket_presence" in line] == [
        ["INSERT", "INTO", "support_ticket_presence"]
    ] * 2
    assert len(statements) == 2
    assert everything() == before
    assert get_ticket(actor=actor, ticket_id=ticket_id).version == 2


@every_database
def test_rows_of_those_who_left_are_deleted(make_ticket, mona, adam, look):
    ticket, other = make_ticket(), make_ticket()
    look(adam, ticket)
    look(adam, other)
    grow_older(minutes=2)
    look(mona, ticket)
    assert forget_old_presence() == 2
    db.session.commit()
    assert seen_by(adam, ticket) == [("mona", False)]
    db.session.delete(mona)
    db.session.commit()
    assert seen_by(adam, ticket) == []
