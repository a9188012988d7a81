"""Somebody else's ticket and one that does not exist look the same. Rule A1. Cases 1, 3, 5, 10."""

from __future__ import annotations

import pytest

from flask_support_tickets import NotAllowed, NotFound, TicketStatus, actor_for
from flask_support_tickets.models.status import Side
from flask_support_tickets.services import (
    TicketFilter,
    add_comment,
    count_by_status,
    get_ticket,
    list_comments,
    list_events,
    list_history,
    list_replies,
    list_threads,
    list_tickets,
    mark_read,
    reply_and_transition,
    transition_ticket,
)

from ..databases import every_database

MISSING = 987_654


@pytest.fixture
def foreign(make_ticket, make_comment, mona):
    """Return a ticket of alice with a comment."""
    ticket = make_ticket(TicketStatus.InProgress, subject="Printer", department="Sales")
    make_comment(ticket, mona)
    return ticket


WRITES = {
    "comment": (add_comment, {"text": "T"}),
    "reply": (reply_and_transition, {"text": "T", "side": Side.OWNER}),
    "mark as read": (mark_read, {"side": Side.OWNER, "count": 1}),
    "start": (transition_ticket, {"action": "StartProgress"}),
    "reopen": (transition_ticket, {"action": "Reopen"}),
}


@pytest.mark.parametrize("what", WRITES)
def test_stranger_cannot_write_to_foreign_ticket(act, bob, foreign, everything, what):
    use_case, arguments = WRITES[what]
    before, messages = everything(), set()
    for ticket_id in (foreign.id, MISSING, 2**63 - 1):
        with pytest.raises(NotFound) as refusal:
            act(use_case, bob, ticket_id=ticket_id, **arguments)
        messages.add(refusal.value.message)
    assert len(messages) == 1
    assert everything() == before


@pytest.mark.parametrize("read", [get_ticket, list_comments, list_events])
def test_stranger_cannot_read_foreign_ticket(alice, bob, foreign, read):
    for ticket_id in (foreign.id, MISSING, 2**63 - 1):
        with pytest.raises(NotFound):
            read(actor=actor_for(bob), ticket_id=ticket_id)
    [comment] = list_comments(actor=actor_for(alice), ticket_id=foreign.id).items
    for comment_id in (comment.id, MISSING):
        with pytest.raises(NotFound):
            list_replies(actor=actor_for(bob), comment_id=comment_id)


@pytest.mark.parametrize("read", [list_threads, list_history])
def test_ticket_that_somebody_else_read_is_checked_again(alice, bob, foreign, read):
    ticket = get_ticket(actor=actor_for(alice), ticket_id=foreign.id)
    with pytest.raises(NotFound):
        read(actor=actor_for(bob), ticket=ticket)


@every_database
@pytest.mark.parametrize("search", [None, "printer"])
def test_lists_and_counts_hold_only_what_the_actor_may_see(alice, bob, mona, foreign, search):
    def listed(user, **criteria):
        wanted = TicketFilter(search=search, **criteria)
        page = list_tickets(actor=actor_for(user), criteria=wanted)
        return [ticket.id for ticket in page.items], page.total_count

    for reader in (alice, mona):
        assert listed(reader) == listed(reader, owner=alice.id) == ([foreign.id], 1)
        assert sum(count_by_status(actor=actor_for(reader)).values()) == 1
    for criteria in ({}, {"owner": alice.id}, {"assigned_to": mona.id}, {"department": "Sales"}):
        assert listed(bob, **criteria) == ([], 0)
    assert sum(count_by_status(actor=actor_for(bob)).values()) == 0


@pytest.mark.parametrize(("person", "side"), [("alice", Side.STAFF), ("mona", Side.OWNER)])
def test_comments_are_marked_as_read_only_on_ones_own_side(act, request, foreign, person, side):
    """Rule R1."""
    with pytest.raises(NotAllowed):
        act(
            mark_read,
            request.getfixturevalue(person),
            ticket_id=foreign.id,
            side=side,
            count=1,
        )
