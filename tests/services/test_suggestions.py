"""Suggestions for a search that staff are typing. Rule S4."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import event

from flask_support_tickets import NotAllowed, TicketStatus, actor_for
from flask_support_tickets.services import suggest
from flask_support_tickets.services.tickets.tags import set_tags

from ..databases import every_database
from ..host import User, db, tickets
from .searching import drop_index


def tickets_for(actor, text):
    return [(each.id, each.subject) for each in suggest(actor=actor, text=text).tickets]


def tag(ticket, *names):
    set_tags(ticket.id, names)
    db.session.commit()


@every_database
def test_tickets_are_found_by_number_and_word_with_subjects_first(make_ticket, mona):
    actor = actor_for(mona)
    old = make_ticket(subject="Printer on fire", status=TicketStatus.Resolved)
    for number in range(6):
        make_ticket(subject=f"Nr. {number}", description="About the printer")
    newest = make_ticket(subject="Our printers")
    assert tickets_for(actor, "prin")[:2] == [
        (newest.id, "Our printers"),
        (old.id, "Printer on fire"),
    ]
    assert len(tickets_for(actor, "prin")) == 5
    for text in (str(old.id), f"#{old.id}"):
        assert tickets_for(actor, text)[0] == (old.id, "Printer on fire")
    assert suggest(actor=actor, text="fire").tickets[0].status == TicketStatus.Resolved
    for nothing in ("", " ", "p", "nowhere", "from:alice", "status:nonsense", "%", "_", "x" * 200):
        assert tickets_for(actor, nothing) == [], nothing


@every_database
def test_people_are_requesters_and_staff_who_can_be_assigned(make_ticket, make_user, alice, mona):
    make_user("alan")  # has no tickets
    make_ticket(owner=alice)
    make_ticket(owner=make_user("Alina"))
    make_user("alma", role="moderator")
    found = suggest(actor=actor_for(mona), text="AL")
    assert found.requesters == [(alice.id, "alice"), (_key("Alina"), "Alina")]
    assert found.assignees == [(_key("alma"), "alma")]
    assert suggest(actor=actor_for(mona), text="a%e").requesters == []


@every_database
def test_tags_are_found_without_case_in_alphabetical_order(make_ticket, mona):
    ticket = make_ticket()
    tag(ticket, "Refund", "billing", "Überweisung", *(f"bill {number}" for number in range(5)))
    actor = actor_for(mona)
    assert suggest(actor=actor, text="FUND").tags == ["Refund"]
    assert suggest(actor=actor, text="ÜBER").tags == ["Überweisung"]
    assert suggest(actor=actor, text="bill").tags == [f"bill {number}" for number in range(5)]


@every_database
@pytest.mark.parametrize("limit", ["criterion", "desk"])
def test_nothing_of_hidden_tickets_is_suggested(make_ticket, make_user, mona, limit):
    """Rule A1."""
    content = {"subject": "Secret plans", "description": "Secret", "department": "Secret"}
    hidden = make_ticket(owner=make_user("secretary"), **content)
    tag(hidden, "secret tag", "open secret")
    shown = make_ticket(subject="No secret", owner=make_user("secretly"), department="IT")
    tag(shown, "open secret")
    everything = suggest(actor=actor_for(mona), text="secret")
    assert len(everything.tickets) == len(everything.requesters) == len(everything.tags) == 2
    condition = tickets.Ticket.department == "IT"
    actor = replace(actor_for(mona), **{limit: condition})
    found = suggest(actor=actor, text="secret")
    assert [each.id for each in found.tickets] == [shown.id]
    assert [name for _, name in found.requesters] == ["secretly"]
    assert found.tags == ["open secret"]
    assert suggest(actor=actor, text=str(hidden.id)).tickets == []


def test_requester_and_staff_on_requester_pages_get_no_suggestions(make_ticket, alice, mona):
    make_ticket()
    for actor in (actor_for(alice), replace(actor_for(mona), reads_as_requester=True)):
        with pytest.raises(NotAllowed):
            suggest(actor=actor, text="does")


def test_without_an_index_only_the_newest_tickets_are_read(make_ticket, mona):
    for subject in ("Old printer", "Printer"):
        ticket_id = make_ticket(subject=subject).id
    db.session.execute(db.text(f"UPDATE support_ticket SET id = 900 WHERE id = {ticket_id}"))
    db.session.commit()
    assert len(tickets_for(actor_for(mona), "printer")) == 1  # the index has the old id
    drop_index()
    assert tickets_for(actor_for(mona), "printer") == [(900, "Printer")]


@every_database
def test_suggestions_take_a_fixed_number_of_statements(make_ticket, alice, mona):
    statements = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    actor, numbers = actor_for(mona), []
    for _ in range(2):
        for _ in range(6):
            tag(make_ticket(subject="alice needs alice"), "alice", "alice 2")
        suggest(actor=actor, text="alice")
        statements.clear()
        found = suggest(actor=actor, text="alice")
        numbers.append(len(statements))
        assert found.tickets
        assert found.requesters == [(alice.id, "alice")]
        assert found.tags == ["alice", "alice 2"]
    # On PostgreSQL and MariaDB, the search needs more than one.
    assert numbers[0] == numbers[1] <= 7, statements


def _key(username):
    return db.session.scalar(db.select(User.id).filter_by(username=username))
