"""What somebody has not read, and who waits for whom. Rules R1, R2."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flask_support_tickets import TicketStatus, actor_for
from flask_support_tickets.current import current_tickets
from flask_support_tickets.models.status import Side
from flask_support_tickets.services import (
    Unread,
    count_unread,
    find_unread,
    get_ticket,
    list_threads,
    mark_read,
    reply_and_transition,
    transition_ticket,
)
from flask_support_tickets.services.comments import threads

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


@pytest.fixture
def look():
    """Return what is unread on a page of a ticket: ``look(mona, ticket, Side.STAFF, page=2)``."""

    def read(user, ticket, side, page=1, page_size=50):
        actor = actor_for(user)
        shown = get_ticket(actor=actor, ticket_id=ticket.id)
        found = list_threads(actor=actor, ticket=shown, page=page, page_size=page_size)
        return find_unread(actor=actor, ticket=shown, side=side, comments=found.items)

    return read


def test_unread_comments_of_the_other_side_are_found_on_the_page(
    make_ticket, make_comment, mark, look, alice, mona
):
    ticket = make_ticket(TicketStatus.InProgress)
    assert look(mona, ticket, Side.STAFF) == Unread()
    old = make_comment(ticket, alice)
    mark(mona, ticket, Side.STAFF, 1)
    assert look(mona, ticket, Side.STAFF) == Unread(read_count=1)
    first = make_comment(ticket, alice, parent=old).id
    second = make_comment(ticket, alice).id
    make_comment(ticket, mona)
    found = look(mona, ticket, Side.STAFF)
    assert replace(found, first=found.first.id) == Unread(2, first, {first, second}, 2, 3)
    found = look(mona, ticket, Side.STAFF, page=9)
    assert replace(found, first=found.first.id) == Unread(2, first, frozenset(), 0, 1)


@every_database
@pytest.mark.parametrize("side", [Side.STAFF, Side.OWNER])
def test_only_comments_that_were_shown_become_read(
    make_ticket, make_comment, mark, look, alice, mona, side
):
    """Rule R1. Page 3 is read before page 2."""
    ticket = make_ticket(TicketStatus.InProgress)
    reader, writer = (mona, alice) if side is Side.STAFF else (alice, mona)
    roots = [make_comment(ticket, writer) for _ in range(12)]

    def read(page):
        """Read a page and return how many comments are unread then."""
        mark(reader, ticket, side, look(reader, ticket, side, page, 5).read_count)
        return unread(reader, side, ticket).get(ticket.id, 0)

    assert [read(page) for page in (3, 1, 3, 2, 3)] == [12, 7, 7, 2, 0]
    make_comment(ticket, writer, parent=roots[5])  # on page 2
    make_comment(ticket, writer)  # on page 3
    make_comment(ticket, writer, parent=roots[0])  # on page 1
    assert [read(page) for page in (1, 3, 2, 3, 1)] == [3, 3, 2, 1, 0]


@every_database
def test_comment_written_while_the_page_is_open_stays_unread(
    make_ticket, make_comment, mark, look, alice, mona
):
    ticket = make_ticket(TicketStatus.InProgress)
    root = make_comment(ticket, mona)
    opened = look(alice, ticket, Side.OWNER)
    make_comment(ticket, mona, parent=root)
    mark(alice, ticket, Side.OWNER, opened.read_count)
    assert unread(alice, Side.OWNER, ticket) == {ticket.id: 1}


def test_reply_that_the_page_leaves_out_stays_unread(
    make_ticket, make_comment, mark, look, alice, mona, monkeypatch
):
    monkeypatch.setattr(threads, "REPLIES_MAX", 2)
    ticket = make_ticket(TicketStatus.InProgress)
    root = make_comment(ticket, mona)
    for _ in range(4):
        make_comment(ticket, mona, parent=root)
    mark(alice, ticket, Side.OWNER, look(alice, ticket, Side.OWNER).read_count)
    assert unread(alice, Side.OWNER, ticket) == {ticket.id: 2}
    assert look(alice, ticket, Side.OWNER).readable == 0


@pytest.mark.parametrize(("read_count", "left"), [(0, 3), (1, 2), (2, 0)])
def test_own_comment_of_staff_is_read_unless_an_earlier_one_is_not(
    act, make_ticket, make_comment, mona, adam, read_count, left
):
    ticket = make_ticket(TicketStatus.InProgress, owner=mona)
    for _ in range(2):
        make_comment(ticket, adam)
    reply = {"ticket_id": ticket.id, "side": Side.OWNER, "text": "T", "read_count": read_count}
    act(reply_and_transition, mona, **reply)
    assert unread(mona, Side.OWNER, ticket).get(ticket.id, 0) == left


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
