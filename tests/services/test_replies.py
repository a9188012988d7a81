"""A reply with a step along: both or neither; and for the ticket as it was seen (E3)."""

from __future__ import annotations

import pytest

from flask_support_tickets import (
    Action,
    InvalidTransition,
    TicketStatus,
    actor_for,
    unit_of_work,
)
from flask_support_tickets.errors import PreconditionFailed
from flask_support_tickets.models.status import Side
from flask_support_tickets.services import make_once, read_ticket, send_reply, unread_of


@pytest.fixture
def ticket(make_ticket):
    return make_ticket(TicketStatus.InProgress)


def test_writes_moves_and_remembers_what_was_seen(ticket, alice, mona, make_comment):
    make_comment(ticket, alice)
    actor = actor_for(mona)
    made = unit_of_work(
        send_reply,
        actor=actor,
        ticket_id=ticket.id,
        side=Side.STAFF,
        text="Done.",
        then=Action.MarkAsResolved,
        seen_count=1,
    )
    shown = read_ticket(actor=actor, ticket_id=ticket.id)
    assert (made.text, shown.status, shown.version) == ("Done.", TicketStatus.Resolved, 5)
    assert unread_of(actor=actor, tickets=[shown], side=Side.STAFF) == {}


def test_does_neither_when_the_step_is_refused(make_ticket, mona, everything):
    own = make_ticket(TicketStatus.Resolved, owner=mona)  # where an owner may comment still
    before = everything()
    with pytest.raises(InvalidTransition):
        unit_of_work(
            send_reply,
            actor=actor_for(mona),
            ticket_id=own.id,
            side=Side.STAFF,
            text="Done.",
            then=Action.MarkAsResolved,
        )
    assert everything() == before


def test_is_refused_when_the_ticket_has_changed(ticket, alice, mona, make_comment, everything):
    known = ticket.version
    make_comment(ticket, alice, "Wait!")
    before = everything()
    with pytest.raises(PreconditionFailed):
        unit_of_work(
            send_reply,
            actor=actor_for(mona),
            ticket_id=ticket.id,
            side=Side.STAFF,
            text="x",
            only_version=known,
        )
    assert everything() == before


def test_counts_once_though_it_changed_the_version_itself(ticket, mona):
    reply = {"text": "Once.", "only_version": ticket.version, "then": Action.MarkAsResolved}
    made = [
        unit_of_work(
            make_once,
            send_reply,
            actor=actor_for(mona),
            key="k",
            ticket_id=ticket.id,
            side=Side.STAFF,
            **reply,
        ).id
        for _ in "ab"
    ]
    assert made[0] == made[1]
