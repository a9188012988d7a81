"""Internal notes and events, which only staff see. Rule A4."""

from __future__ import annotations

import pytest

from flask_support_tickets import Action, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.errors import InvalidTransition, PreconditionFailed
from flask_support_tickets.models import utc_now
from flask_support_tickets.services import (
    get_ticket,
    list_events,
    list_history,
    list_tickets,
    transition_ticket,
)
from flask_support_tickets.services.tickets.conditional_update import Change, change_ticket
from flask_support_tickets.services.tickets.history import record_event
from flask_support_tickets.services.tickets.queries import get_ticket_row

from ..databases import every_database

New, InProgress, Resolved, Closed = TicketStatus


@pytest.fixture
def record_internally(act):
    """Record a change that requesters cannot see."""

    def change(actor, ticket_id):
        ticket, now = get_ticket(actor=actor, ticket_id=ticket_id), utc_now()
        hidden = Change(is_internal=True)
        statuses, refusal = set(TicketStatus), InvalidTransition
        change_ticket(ticket, hidden, actor=actor, while_in=statuses, refusal=refusal, at=now)
        record_event(
            "Tag", actor=actor, ticket_id=ticket_id, to_status=ticket.status, at=now,
            is_internal=True,
        )  # fmt: skip

    return lambda user, ticket: act(change, user, ticket_id=ticket.id)


def seen_by(user, ticket):
    """Return what a person sees of a ticket, of the list it is in, and of its history."""
    actor = actor_for(user)
    found = get_ticket(actor=actor, ticket_id=ticket.id)
    events = list_events(actor=actor, ticket_id=ticket.id)
    assert list_history(actor=actor, ticket=found) == events.items
    assert found.version == events.total_count == len(events.items)
    listed = list_tickets(actor=actor, only_state=True), list_tickets(actor=actor).items
    return found, events, *listed


@every_database
def test_requester_cannot_see_internal_event(make_ticket, record_internally, alice, mona):
    ticket = make_ticket(InProgress)
    before = seen_by(alice, ticket), seen_by(mona, ticket)
    record_internally(mona, ticket)
    assert seen_by(alice, ticket) == before[0]
    found, events, _, _ = after = seen_by(mona, ticket)
    assert after != before[1]
    assert found.version == before[1][0].version + 1
    assert found.updated_at == before[1][0].updated_at
    assert events.items[-1].action == "Tag"


@every_database
def test_internal_event_does_not_change_the_version_that_requester_sent(
    act, make_ticket, record_internally, alice, mona
):
    ticket = make_ticket(Resolved)
    actor = actor_for(alice)

    def reopen_meanwhile(version):
        def precondition(found):
            assert found.version == version
            return True

        act(
            transition_ticket,
            alice,
            ticket_id=ticket.id,
            action=Action.Reopen,
            precondition=precondition,
        )

    version = get_ticket(actor=actor, ticket_id=ticket.id).version
    record_internally(mona, ticket)
    reopen_meanwhile(version)
    assert get_ticket(actor=actor, ticket_id=ticket.id).version == version + 1


@every_database
@pytest.mark.parametrize(("person", "is_stale"), [("alice", False), ("mona", True)])
def test_version_is_compared_with_the_one_that_the_actor_sees(
    request, make_ticket, record_internally, mona, person, is_stale
):
    ticket, actor = make_ticket(Resolved), actor_for(request.getfixturevalue(person))
    shown = get_ticket_row(actor, ticket.id, ("id", "version"))
    record_internally(mona, ticket)

    def reopen():
        change_ticket(
            shown, Change({"status": InProgress}), actor=actor, while_in=[Resolved],
            refusal=InvalidTransition, at=utc_now(), only_version=shown.version,
        )  # fmt: skip

    if is_stale:
        with pytest.raises(PreconditionFailed):
            unit_of_work(reopen)
    else:
        unit_of_work(reopen)
