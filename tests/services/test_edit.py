"""Editing a ticket: who may change what in which status, and what is recorded. Rule W10."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from flask_support_tickets import (
    Invalid,
    InvalidTransition,
    NotAllowed,
    NotFound,
    TicketStatus,
    actor_for,
)
from flask_support_tickets.errors import PreconditionFailed
from flask_support_tickets.services import edit_ticket, list_tickets
from flask_support_tickets.services.tickets.ticket_filter import TicketFilter

from ..databases import every_database
from ..host import db, tickets

New, InProgress, Resolved, Closed = TicketStatus


@pytest.fixture
def edit(act):
    def run(user, ticket, **changes):
        return act(edit_ticket, user, ticket_id=ticket.id, **changes)

    return run


def last_event(ticket):
    db.session.rollback()  # ends an old snapshot
    event = tickets.TicketEvent
    query = db.select(event).where(event.ticket_id == ticket.id).order_by(event.id.desc())
    found = db.session.scalars(query).first()
    return found.action, found.changes and json.loads(found.changes)


@every_database
@pytest.mark.parametrize("status", TicketStatus)
def test_status_decides_who_may_edit_which_field(
    alice, mona, adam, bob, make_ticket, edit, everything, status
):
    """A refusal changes no row; a success leaves one event (H1)."""
    owner_fields = {"subject": True, "description": True, "department": True, "priority": False}
    staff_fields = {"subject": True, "description": False, "department": True, "priority": True}
    values = {"subject": "S", "description": "D", "department": "IT", "priority": 3}
    for user, owner, fields, statuses in (
        (alice, alice, owner_fields, {New}),
        (mona, alice, staff_fields, {New, InProgress, Resolved}),
        (bob, alice, dict.fromkeys(owner_fields), {}),
    ):
        for name, may in fields.items():
            ticket = make_ticket(status, owner=owner)
            expected = (
                NotFound
                if may is None
                else None
                if may and status in statuses
                else (InvalidTransition if may else Invalid)
            )
            before = everything()
            if expected is not None:
                with pytest.raises(expected) as refusal:
                    edit(user, ticket, **{name: values[name]})
                assert everything() == before
                assert refusal.value.status == (status if expected is InvalidTransition else None)
                continue
            version = ticket.version
            edited = edit(user, ticket, **{name: values[name]})
            assert (getattr(edited, name), edited.status) == (values[name], status)
            assert edited.version == version + 1
            assert last_event(ticket)[0] == "Edited"


def test_staff_who_opened_the_ticket_may_change_what_either_side_may(mona, make_ticket, edit):
    """Rule W5. Together, the fields can be changed only while each of them can."""
    new, started = make_ticket(New, owner=mona), make_ticket(InProgress, owner=mona)
    assert edit(mona, new, description="D", priority=2).description == "D"
    assert edit(mona, started, priority=2).priority == 2
    with pytest.raises(InvalidTransition):
        edit(mona, started, description="D", priority=3)
    assert started.priority == 2


@every_database
def test_event_has_old_and_new_value_of_short_fields_only(alice, mona, make_ticket, edit):
    ticket = make_ticket(subject="A", description="B")
    edit(alice, ticket, subject=" C ", description="D", department="IT")
    assert last_event(ticket) == ("Edited", {
        "subject": {"from": "A", "to": "C"}, "description": {},
        "department": {"from": None, "to": "IT"},
    })  # fmt: skip
    edit(mona, ticket, department=None, priority=3)
    assert last_event(ticket)[1] == {
        "department": {"from": "IT", "to": None}, "priority": {"from": 1, "to": 3},
    }  # fmt: skip


def test_edit_that_changes_nothing_records_nothing(alice, make_ticket, edit, everything):
    ticket = make_ticket(subject="A", department="IT")
    before = everything()
    edit(alice, ticket)
    edit(alice, ticket, subject=" A\n", department="IT", attachment_urls=[])
    assert everything() == before
    closed = make_ticket(Closed, subject="A")
    with pytest.raises(InvalidTransition):
        edit(alice, closed, subject="A")


@every_database
def test_requester_adds_keeps_and_removes_attachments(
    alice, bob, mona, make_ticket, make_upload, edit, everything
):
    """Rules B5, T6."""
    first, second = make_upload(alice, "a.txt").path, make_upload(alice, "b.txt").path
    link = "https://e.org/x"
    ticket = make_ticket(attachment_urls=[first, link])
    edit(alice, ticket, attachment_urls=[second, link])
    db.session.rollback()
    assert [each.filename or each.url for each in ticket.attachments] == ["b.txt", link]
    assert last_event(ticket)[1] == {"attachmentUrls": {}}
    for urls in ([first], [make_upload(bob).path], ["x"], [link] * 11):
        before = everything()
        with pytest.raises(Invalid):
            edit(alice, ticket, attachment_urls=urls)
        assert everything() == before
    with pytest.raises(Invalid):
        edit(mona, ticket, attachment_urls=[])
    edit(alice, ticket, attachment_urls=[])
    db.session.rollback()
    assert (ticket.attachments, ticket.attachment_count) == ([], 0)


@every_database
def test_ticket_that_changed_since_it_was_read_is_not_edited(alice, make_ticket, edit, everything):
    """Rule E2."""
    ticket = make_ticket(subject="A")
    edit(alice, ticket, subject="B")
    before = everything()
    with pytest.raises(PreconditionFailed):
        edit(alice, ticket, subject="C", precondition=lambda now: now.version == 1)
    assert everything() == before
    edit(alice, ticket, subject="C", precondition=lambda now: now.version == 2)


def test_colleague_may_not_edit(bob, make_ticket, act, everything):
    ticket = make_ticket()
    colleague = replace(actor_for(bob), criterion=tickets.Ticket.id > 0)
    before = everything()
    with pytest.raises(NotAllowed):
        edit_ticket(actor=colleague, ticket_id=ticket.id, subject="S")
    assert everything() == before


def test_unknown_field_is_a_programming_error(alice, make_ticket, edit):
    with pytest.raises(TypeError, match="nothing"):
        edit(alice, make_ticket(), nothing=1)


@every_database
def test_search_finds_edited_text(alice, make_ticket, edit):
    """Rule S1."""
    ticket = make_ticket(subject="A lamp")
    edit(alice, ticket, subject="A bulb")
    db.session.rollback()

    def find(word):
        page = list_tickets(actor=actor_for(alice), criteria=TicketFilter(search=word))
        return [each.id for each in page.items]

    assert find("bulb") == [ticket.id]
    assert find("lamp") == []
