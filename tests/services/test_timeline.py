"""The history of a ticket, and its transitions in between the comments. Rule H1."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flask_support_tickets import TicketStatus, actor_for
from flask_support_tickets.services import (
    get_ticket,
    list_history,
    list_threads,
    list_timeline,
    transition_ticket,
)
from flask_support_tickets.services.comments import timeline

from ..host import db


@pytest.fixture
def move(act, mona, adam):
    """Move a ticket: ``move(ticket, "Reopen", "Assign")``; ``Assign`` hands it to adam."""

    def run(ticket, *actions):
        for action in actions:
            assignee = {"assigned_to_user_id": adam.id} if action == "Assign" else {}
            act(transition_ticket, mona, ticket_id=ticket.id, action=action, **assignee)

    return run


@pytest.fixture
def look(mona):
    """Return a page of a ticket's timeline: the texts of comments, the names of actions."""

    def read(ticket, page=1, page_size=50):
        actor = actor_for(mona)
        shown = get_ticket(actor=actor, ticket_id=ticket.id)
        threads = list_threads(actor=actor, ticket=shown, page=page, page_size=page_size)
        entries = list_timeline(actor=actor, ticket=shown, threads=threads, page=page)
        return [each.event.action if each.event else each.comment.text for each in entries]

    return read


def test_timeline_has_transitions_between_comments(
    alice, mona, make_ticket, make_comment, move, look
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


def test_timeline_is_in_order_when_two_clocks_differ(mona, make_ticket, make_comment, move, look):
    ticket = make_ticket(TicketStatus.InProgress)
    late = make_comment(ticket, mona, "by a fast clock")
    move(ticket, "Assign")
    early = make_comment(ticket, mona, "by a slow clock")
    late.created_at += timedelta(minutes=5)
    early.created_at -= timedelta(minutes=5)
    db.session.commit()
    assert look(ticket) == ["StartProgress", "by a fast clock", "Assign", "by a slow clock"]


def test_timeline_shows_each_transition_on_one_page(mona, make_ticket, make_comment, move, look):
    ticket = make_ticket(TicketStatus.InProgress)
    for number in range(5):
        make_comment(ticket, mona, f"c{number}")
        move(ticket, "MarkAsResolved", "Reopen")
    move(ticket, "MarkAsResolved")
    around = ["MarkAsResolved", "Reopen"]
    assert [look(ticket, page, 2) for page in (1, 2, 3, 4)] == [
        ["StartProgress", "c0", *around, "c1", *around],
        ["c2", *around, "c3", *around],
        ["c4", *around, "MarkAsResolved"],
        [],
    ]


def test_timeline_shows_the_latest_transitions_only(make_ticket, move, look, monkeypatch):
    ticket = make_ticket(TicketStatus.InProgress)
    move(ticket, "MarkAsResolved", "Reopen", "Assign")
    monkeypatch.setattr(timeline, "TRANSITIONS_MAX", 2)
    assert look(ticket) == ["Reopen", "Assign"]


def test_history_names_who_did_what_and_shows_the_latest(
    alice, mona, make_ticket, make_comment, move
):
    ticket = make_ticket(TicketStatus.InProgress)
    comment = make_comment(ticket, alice)
    move(ticket, "Assign")
    shown = get_ticket(actor=actor_for(mona), ticket_id=ticket.id)
    history = list_history(actor=actor_for(mona), ticket=shown)
    found = [(each.action, each.user_name, each.assigned_to_name) for each in history]
    assert found == [
        ("Open", "alice", None),
        ("StartProgress", "mona", "mona"),
        ("Comment", "alice", None),
        ("Assign", "mona", "adam"),
    ]
    assert history[2].comment_id == comment.id
    latest = list_history(actor=actor_for(mona), ticket=shown, limit=1)
    assert [each.action for each in latest] == ["Assign"]
