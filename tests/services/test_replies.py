"""A reply together with a transition: both or neither. Rules E3, F1."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from flask_support_tickets import InvalidTransition, TicketStatus, actor_for
from flask_support_tickets.errors import PreconditionFailed
from flask_support_tickets.models.status import Side
from flask_support_tickets.services import (
    count_unread,
    create_with_key,
    get_ticket,
    list_history,
    reply_and_transition,
)

from ..databases import every_database
from ..host import db


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


@every_database
def test_reply_can_start_and_resolve_a_new_ticket(act, make_ticket, mona):
    """Rule W8."""
    ticket = make_ticket()
    reply = {"text": "Done.", "then": "MarkAsResolved", "only_version": 1, "side": Side.STAFF}
    act(reply_and_transition, mona, ticket_id=ticket.id, **reply)
    actor = actor_for(mona)
    shown = get_ticket(actor=actor, ticket_id=ticket.id)
    assert (shown.status, shown.assigned_to_user_id) == (TicketStatus.Resolved, mona.id)
    assert (shown.version, shown.comment_count, shown.awaiting_since) == (4, 1, None)
    events = list_history(actor=actor, ticket=shown)[1:]
    steps = [(each.action, each.from_status, each.to_status) for each in events]
    assert steps == [("StartProgress", 0, 1), ("Comment", 1, 1), ("MarkAsResolved", 1, 2)]
    with pytest.raises(InvalidTransition):
        act(reply_and_transition, mona, ticket_id=ticket.id, **{**reply, "only_version": None})


def test_new_ticket_is_not_started_when_a_later_step_fails(act, make_ticket, mona, everything):
    """Rule W8."""
    new, own = make_ticket(), make_ticket(owner=mona)
    before, reply = everything(), {"text": "Done.", "then": "MarkAsResolved"}

    def fail(connection, cursor, statement, parameters, *args):
        if "'MarkAsResolved'" in repr(parameters):
            raise RuntimeError("The last step failed.")

    sa.event.listen(db.engine, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError, match="last step"):
        act(reply_and_transition, mona, ticket_id=new.id, side=Side.STAFF, **reply)
    sa.event.remove(db.engine, "before_cursor_execute", fail)
    assert everything() == before
    with pytest.raises(PreconditionFailed):
        act(reply_and_transition, mona, ticket_id=new.id, side=Side.STAFF, only_version=9, **reply)
    with pytest.raises(InvalidTransition):  # the requester's page does not offer it
        act(reply_and_transition, mona, ticket_id=own.id, side=Side.OWNER, **reply)
    assert everything() == before


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
