"""How far somebody has read a ticket (R1), and who waits for whom (R2)."""

from __future__ import annotations

import pytest

from flask_support_tickets import Action, NotAllowed, NotFound, actor_for, unit_of_work
from flask_support_tickets.current import current_tickets
from flask_support_tickets.models import Side
from flask_support_tickets.services import (
    add_comment,
    mark_seen,
    move_ticket,
    read_ticket,
    unread_of,
)

from ..host import db


def say(person, ticket, text="Hello"):
    return unit_of_work(add_comment, actor=actor_for(person), ticket_id=ticket.id, text=text)


def see(person, ticket, side, count):
    unit_of_work(mark_seen, actor=actor_for(person), ticket_id=ticket.id, side=side, count=count)


def marks():
    return db.session.scalar(db.select(db.func.count(current_tickets.models.TicketSeen.id)))


def unread(person, side, *rows):
    found = [read_ticket(actor=actor_for(person), ticket_id=row.id) for row in rows]
    return unread_of(actor=actor_for(person), tickets=found, side=side)


class TestUnread:
    def test_is_what_the_other_side_wrote_and_the_reader_has_not_seen(
        self, make_ticket, alice, mona, adam
    ):
        one, other = make_ticket(owner=alice), make_ticket(owner=alice)
        for ticket in (one, other):
            unit_of_work(
                move_ticket,
                actor=actor_for(mona),
                ticket_id=ticket.id,
                action=Action.StartProgress,
            )
        assert unread(alice, Side.OWNER, one, other) == {}
        for person in (mona, mona, alice, adam):
            say(person, one)
        say(alice, other)
        assert unread(alice, Side.OWNER, one, other) == {one.id: 3}
        assert unread(mona, Side.STAFF, one, other) == {one.id: 1, other.id: 1}
        see(alice, one, Side.OWNER, 2)
        see(mona, one, Side.STAFF, 1)
        assert unread(alice, Side.OWNER, one, other) == {one.id: 1}
        assert unread(mona, Side.STAFF, one, other) == {other.id: 1}
        assert unread(adam, Side.STAFF, one, other) == {one.id: 1, other.id: 1}

    def test_marks_never_go_back_nor_ahead_of_what_there_is(self, make_ticket, alice, mona):
        ticket = make_ticket(owner=alice, status=1)
        see(alice, ticket, Side.OWNER, 5)
        assert marks() == 0
        say(mona, ticket)
        see(alice, ticket, Side.OWNER, 5)
        see(alice, ticket, Side.OWNER, 0)
        say(mona, ticket)
        assert unread(alice, Side.OWNER, ticket) == {ticket.id: 1}
        see(alice, ticket, Side.OWNER, 2)
        see(alice, ticket, Side.OWNER, 1)
        assert unread(alice, Side.OWNER, ticket) == {}
        assert marks() == 1

    def test_only_who_stands_on_that_side_may_mark(self, make_ticket, alice, bob, mona):
        ticket = make_ticket(owner=alice, status=1)
        with pytest.raises(NotFound):
            see(bob, ticket, Side.OWNER, 1)
        with pytest.raises(NotAllowed):
            see(alice, ticket, Side.STAFF, 1)
        with pytest.raises(NotAllowed):
            see(mona, ticket, Side.OWNER, 1)


class TestWaiting:
    def test_is_since_the_first_word_that_staff_did_not_answer(self, make_ticket, alice, mona):
        ticket = make_ticket(owner=alice)

        def now():
            return read_ticket(actor=actor_for(mona), ticket_id=ticket.id)

        def move(person, action):
            unit_of_work(move_ticket, actor=actor_for(person), ticket_id=ticket.id, action=action)

        filed = now()
        assert filed.awaiting_since == filed.created_at
        move(mona, Action.StartProgress)
        assert now().awaiting_since == filed.created_at
        say(alice, ticket)
        assert (now().awaiting_since, now().first_reply_at) == (filed.created_at, None)
        replied = say(mona, ticket).created_at
        assert (now().awaiting_since, now().first_reply_at) == (None, replied)
        first = say(alice, ticket).created_at
        say(alice, ticket)
        assert now().awaiting_since == first
        say(mona, ticket)
        assert (now().awaiting_since, now().first_reply_at) == (None, replied)
        say(alice, ticket)
        move(mona, Action.MarkAsResolved)
        assert now().awaiting_since is None
        feedback = say(alice, ticket).created_at
        assert now().awaiting_since == feedback
        move(alice, Action.Reopen)
        assert now().awaiting_since == now().updated_at > feedback
        move(mona, Action.MarkAsResolved)
        say(alice, ticket)
        move(mona, Action.Close)
        assert now().awaiting_since is None
        assert (now().comment_count, now().staff_comment_count) == (8, 2)
