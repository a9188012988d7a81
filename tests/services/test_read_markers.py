"""What somebody has not read, and who waits for whom. Rules R1, R2."""

from __future__ import annotations

import pytest

from flask_support_tickets import TicketStatus, actor_for
from flask_support_tickets.current import current_tickets
from flask_support_tickets.models.status import Side
from flask_support_tickets.services import (
    count_unread,
    find_unread,
    get_ticket,
    list_threads,
    mark_read,
    transition_ticket,
)

from ..databases import every_database
from ..host import db


@pytest.fixture
def mark(act):
    def run(user, ticket, side, count):
        act(mark_read, user, ticket_id=ticket.id, side=side, count=count)

    return run


def unread(user, side, *tickets):
    actor = actor_for(user)
    found = [get_ticket(actor=actor, ticket_id=ticket.id) for ticket in tickets]
    return count_unread(actor=actor, tickets=found, side=side)


@every_database
def test_unread_are_comments_of_the_other_side_that_the_reader_has_not_seen(
    make_ticket, make_comment, mark, alice, mona, adam
):
    one, other = (make_ticket(TicketStatus.InProgress) for _ in "ab")
    assert unread(alice, Side.OWNER, one, other) == {}
    for person in (mona, mona, alice, adam):
        make_comment(one, person)
    make_comment(other, alice)
    assert unread(alice, Side.OWNER, one, other) == {one.id: 3}
    assert unread(mona, Side.STAFF, one, other) == {one.id: 1, other.id: 1}
    mark(alice, one, Side.OWNER, 2)
    mark(mona, one, Side.STAFF, 1)
    assert unread(alice, Side.OWNER, one, other) == {one.id: 1}
    assert unread(mona, Side.STAFF, one, other) == {other.id: 1}
    assert unread(adam, Side.STAFF, one, other) == {one.id: 1, other.id: 1}


@every_database
def test_read_marker_never_goes_back_nor_beyond_what_there_is(
    make_ticket, make_comment, mark, alice, mona
):
    model = current_tickets.models.TicketSeen
    ticket = make_ticket(TicketStatus.InProgress)
    mark(alice, ticket, Side.OWNER, 5)
    assert db.session.scalars(db.select(model)).all() == []
    make_comment(ticket, mona)
    mark(alice, ticket, Side.OWNER, 5)
    mark(alice, ticket, Side.OWNER, 0)
    make_comment(ticket, mona)
    assert unread(alice, Side.OWNER, ticket) == {ticket.id: 1}
    mark(alice, ticket, Side.OWNER, 2)
    mark(alice, ticket, Side.OWNER, 1)
    assert unread(alice, Side.OWNER, ticket) == {}
    [marker] = db.session.scalars(db.select(model))
    assert (marker.staff_comments, marker.owner_comments) == (2, 0)


def test_new_comments_are_the_latest_unread_ones_of_the_other_side(
    make_ticket, make_comment, mark, alice, mona
):
    ticket = make_ticket(TicketStatus.InProgress)
    old = make_comment(ticket, alice)
    mark(mona, ticket, Side.STAFF, 1)
    new = {make_comment(ticket, alice, parent=old).id, make_comment(ticket, alice).id}
    make_comment(ticket, mona)
    shown = get_ticket(actor=actor_for(mona), ticket_id=ticket.id)
    comments = list_threads(actor=actor_for(mona), ticket=shown).items
    by_staff = [comment for comment in comments if comment.is_staff]
    for count, among, expected in (
        (2, comments, new), (99, comments, new | {old.id}), (0, comments, set()),
        (2, by_staff, set()),
    ):  # fmt: skip
        found = find_unread(
            actor=actor_for(mona), ticket=shown, side=Side.STAFF, unread=count, comments=among
        )
        assert found == expected


@every_database
def test_ticket_waits_since_the_first_word_that_staff_did_not_answer(
    act, make_ticket, make_comment, alice, mona
):
    ticket = make_ticket()

    def now():
        return get_ticket(actor=actor_for(mona), ticket_id=ticket.id)

    def move(person, action):
        act(transition_ticket, person, ticket_id=ticket.id, action=action)

    opened = now()
    assert opened.awaiting_since == opened.created_at
    move(mona, "StartProgress")
    move_on = now().awaiting_since
    make_comment(ticket, alice)
    assert (move_on, now().awaiting_since) == (opened.created_at, opened.created_at)
    assert now().first_reply_at is None
    replied = make_comment(ticket, mona).created_at
    assert (now().awaiting_since, now().first_reply_at) == (None, replied)
    first = make_comment(ticket, alice).created_at
    make_comment(ticket, alice)
    assert now().awaiting_since == first
    make_comment(ticket, mona)
    assert (now().awaiting_since, now().first_reply_at) == (None, replied)
    make_comment(ticket, alice)
    move(mona, "MarkAsResolved")
    assert now().awaiting_since is None
    feedback = make_comment(ticket, alice).created_at
    assert now().awaiting_since == feedback
    move(alice, "Reopen")
    assert now().awaiting_since == now().updated_at > feedback
    move(mona, "MarkAsResolved")
    make_comment(ticket, alice)
    move(mona, "Close")
    assert now().awaiting_since is None
