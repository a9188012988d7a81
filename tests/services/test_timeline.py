"""The steps in between the comments, and which comments are new to somebody."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy

from flask_support_tickets import Action, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.models.status import Side
from flask_support_tickets.services import (
    find_new,
    list_threads,
    list_timeline,
    mark_seen,
    move_ticket,
    read_ticket,
    unread_of,
)
from flask_support_tickets.services.paging import Page

from ..host import db, tickets


@pytest.fixture
def move(mona, adam):
    """Take steps one after the other: ``move(ticket, "Assign")`` hands it to adam."""

    def take(ticket, *actions):
        for action in actions:
            unit_of_work(
                move_ticket,
                actor=actor_for(mona),
                ticket_id=ticket.id,
                action=Action(action),
                assigned_to_user_id=adam.id if action == "Assign" else None,
            )

    return take


@pytest.fixture
def look(mona):
    """Return a page of a ticket's timeline, in short: texts of comments, names of steps."""

    def read(ticket, page=1, page_size=50):
        actor = actor_for(mona)
        shown = read_ticket(actor=actor, ticket_id=ticket.id)
        threads = list_threads(actor=actor, ticket=shown, page=page, page_size=page_size)
        entries = list_timeline(actor=actor, ticket=shown, threads=threads, page=page)
        return [each.shown.action if each.is_step else each.shown.text for each in entries]

    return read


class TestTimeline:
    def test_has_the_steps_between_the_comments_and_no_comment_twice(
        self, alice, mona, make_ticket, make_comment, move, look
    ):
        ticket = make_ticket()
        assert look(ticket) == []
        move(ticket, "StartProgress")
        assert look(ticket) == ["StartProgress"]
        first = make_comment(ticket, mona, "first")
        move(ticket, "Assign")
        make_comment(ticket, alice, "answer", parent=first)
        make_comment(ticket, alice, "second")
        move(ticket, "MarkAsResolved", "Close")
        assert look(ticket) == [
            "StartProgress", "first", "answer", "Assign", "second", "MarkAsResolved", "Close",
        ]  # fmt: skip

    def test_is_in_order_when_the_clocks_of_two_machines_differ(
        self, mona, make_ticket, make_comment, move, look
    ):
        ticket = make_ticket(TicketStatus.InProgress)
        late = make_comment(ticket, mona, "by a clock that is fast")
        move(ticket, "Assign")
        early = make_comment(ticket, mona, "by a clock that is slow")
        late.created_at += timedelta(minutes=5)
        early.created_at -= timedelta(minutes=5)
        db.session.commit()
        assert look(ticket) == [
            "StartProgress", "by a clock that is fast", "Assign", "by a clock that is slow",
        ]  # fmt: skip

    def test_gives_each_step_to_one_page_and_the_oldest_to_the_first(
        self, mona, make_ticket, make_comment, move, look
    ):
        ticket = make_ticket(TicketStatus.InProgress)
        for number in range(5):
            make_comment(ticket, mona, f"c{number}")
            move(ticket, "MarkAsResolved", "Reopen")
        move(ticket, "MarkAsResolved")
        pages = [look(ticket, page, 2) for page in (1, 2, 3, 4)]
        around = ["MarkAsResolved", "Reopen"]
        assert pages == [
            ["StartProgress", "c0", *around, "c1", *around],
            ["c2", *around, "c3", *around],
            ["c4", *around, "MarkAsResolved"],
            [],
        ]

    def test_is_bounded(self, mona, make_ticket, move, look, monkeypatch):
        from flask_support_tickets.services import timeline

        ticket = make_ticket(TicketStatus.InProgress)
        move(ticket, "MarkAsResolved", "Reopen", "Assign")
        monkeypatch.setattr(timeline, "STEPS_MAX", 2)
        assert look(ticket) == ["Reopen", "Assign"]

    def test_takes_one_statement_where_all_people_are_known(
        self, mona, make_ticket, make_comment, move
    ):
        ticket, actor = make_ticket(TicketStatus.InProgress), actor_for(mona)
        make_comment(ticket, mona)
        move(ticket, "MarkAsResolved")
        shown = read_ticket(actor=actor, ticket_id=ticket.id)
        threads = list_threads(actor=actor, ticket=shown)
        seen = []
        sqlalchemy.event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args))
        entries = list_timeline(actor=actor, ticket=shown, threads=threads, page=1)
        assert [each.shown.user_name for each in entries] == ["mona"] * 3
        assert len(seen) == 1


class TestNewComments:
    def test_are_the_latest_of_the_owner_that_were_not_seen(
        self, alice, mona, make_ticket, make_comment
    ):
        ticket, actor = make_ticket(TicketStatus.InProgress), actor_for(mona)
        old = make_comment(ticket, alice)
        unit_of_work(mark_seen, actor=actor, ticket_id=ticket.id, side=Side.STAFF, count=1)
        new = [make_comment(ticket, alice, parent=old).id, make_comment(ticket, alice).id]
        make_comment(ticket, mona)
        shown = read_ticket(actor=actor, ticket_id=ticket.id)
        unread = unread_of(actor=actor, tickets=[shown], side=Side.STAFF)[ticket.id]
        comments = list_threads(actor=actor, ticket=shown).items
        assert unread == 2
        assert find_new(ticket=shown, side=Side.STAFF, unread=unread, comments=comments) == set(new)
        assert find_new(ticket=shown, side=Side.STAFF, unread=99, comments=comments) == {
            old.id,
            *new,
        }
        assert find_new(ticket=shown, side=Side.STAFF, unread=0, comments=comments) == set()
        only_ours = [comment for comment in comments if comment.is_staff]
        assert find_new(ticket=shown, side=Side.STAFF, unread=2, comments=only_ours) == set()


def test_a_comment_without_an_event_ends_no_page_wrongly(mona, make_ticket, make_comment, look):
    """Rows that a host brought along from elsewhere."""
    ticket = make_ticket(TicketStatus.InProgress)
    for number in range(3):
        make_comment(ticket, mona, f"c{number}")
    db.session.execute(
        db.delete(tickets.TicketEvent).where(tickets.TicketEvent.action == "Comment")
    )
    db.session.commit()
    assert look(ticket, 1, 2) == ["c0", "c1"]
    empty = SimpleNamespace(id=ticket.id)
    threads = Page([], 0, False)
    assert list_timeline(actor=actor_for(mona), ticket=empty, threads=threads, page=2) == []
