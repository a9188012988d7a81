"""A reply together with a transition: both or neither. Rules E3, F1."""

from __future__ import annotations

import pytest

from flask_support_tickets import InvalidTransition, TicketStatus, actor_for
from flask_support_tickets.errors import PreconditionFailed
from flask_support_tickets.models.status import Side
from flask_support_tickets.services import (
    count_unread,
    create_with_key,
    get_ticket,
    reply_and_transition,
)

from ..databases import every_database


@pytest.fixture
def ticket(make_ticket):
    return make_ticket(TicketStatus.InProgress)


@every_database
def test_reply_can_resolve_the_ticket_and_mark_comments_as_read(
    act, ticket, alice, mona, make_comment
):
    make_comment(ticket, alice)
    reply = {"text": "Done.", "then": "MarkAsResolved", "read_count": 1, "side": Side.STAFF}
    made = act(reply_and_transition, mona, ticket_id=ticket.id, **reply)
    shown = get_ticket(actor=actor_for(mona), ticket_id=ticket.id)
    assert (made.text, shown.status, shown.version) == ("Done.", TicketStatus.Resolved, 5)
    assert count_unread(actor=actor_for(mona), tickets=[shown], side=Side.STAFF) == {}


def test_reply_is_not_written_when_its_transition_is_refused(act, make_ticket, mona, everything):
    own = make_ticket(TicketStatus.Resolved, owner=mona)  # whose owner may still comment
    before, reply = everything(), {"text": "Done.", "then": "MarkAsResolved"}
    with pytest.raises(InvalidTransition):
        act(reply_and_transition, mona, ticket_id=own.id, side=Side.STAFF, **reply)
    assert everything() == before


@every_database
def test_reply_to_a_ticket_that_changed_is_refused(
    act, ticket, alice, mona, make_comment, everything
):
    known = ticket.version
    make_comment(ticket, alice, "Wait!")
    before, reply = everything(), {"text": "x", "only_version": known}
    with pytest.raises(PreconditionFailed):
        act(reply_and_transition, mona, ticket_id=ticket.id, side=Side.STAFF, **reply)
    assert everything() == before


def test_repeated_reply_counts_once_though_it_changed_the_version_itself(act, ticket, mona):
    reply = {"text": "Once.", "only_version": ticket.version, "then": "MarkAsResolved"}
    made = [
        act(
            create_with_key,
            mona,
            use_case=reply_and_transition,
            key="k",
            ticket_id=ticket.id,
            side=Side.STAFF,
            **reply,
        ).id
        for _ in "ab"
    ]
    assert made[0] == made[1]
