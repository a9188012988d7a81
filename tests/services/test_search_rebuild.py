"""Searches and writes while the search index is rebuilt, and after an upgrade. Rule S1."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect, text

from flask_support_tickets import TicketStatus, unit_of_work
from flask_support_tickets.current import current_tickets
from flask_support_tickets.services import create_search_index, rebuild_search_index
from flask_support_tickets.services.search import maintenance
from flask_support_tickets.services.search.availability import (
    forget_availability,
    index_to_read,
    index_to_write,
)

from ..databases import every_database
from ..host import db, tickets
from .searching import drop_index, find


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(maintenance, "_BATCH", 2)


def between(*acts):
    """Return a progress display that runs each of ``acts`` after one more ticket."""

    def progress(ids, total):
        waiting = list(acts)
        for ticket_id in ids:
            if waiting:
                waiting.pop(0)()
            yield ticket_id
        assert not waiting

    return progress


def index_finds(search):
    """Return what a search finds, which must use the index."""
    forget_availability()
    assert index_to_read() is not None
    return find(search)


@every_database
def test_searches_use_the_index_while_it_is_rebuilt(
    make_ticket, make_comment, mona, bob, statements
):
    first, second, third = (
        make_ticket(TicketStatus.InProgress, subject=f"Printer n{number}") for number in range(3)
    )
    added = []

    def check():
        assert index_finds("print")[-3:] == [third.id, second.id, first.id]
        assert index_finds("n0") == [first.id]

    def write():
        make_comment(first, mona, "early")  # the rebuild has not reached this ticket
        make_comment(third, mona, "late")
        added.append(make_ticket(owner=bob, subject="Printer new"))
        assert index_finds("early") == [first.id]

    with statements() as sent:
        assert rebuild_search_index(progress=between(check, write, check)) == 3
        check()
    assert not [each for each in sent if "LIKE" in each.upper()]
    assert index_finds("printer") == [added[0].id, third.id, second.id, first.id]
    assert index_finds("early") == [first.id]
    assert index_finds("late printer") == [third.id]
    assert index_finds("new") == [added[0].id]
    make_comment(second, mona, "after")
    assert index_finds("after") == [second.id]


@every_database
def test_interrupted_rebuild_leaves_the_index_as_it_was(make_ticket, make_comment, mona):
    old = [make_ticket(TicketStatus.InProgress, subject=f"Kept n{number}") for number in range(5)]

    def stop():
        raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            rebuild_search_index(progress=between(lambda: None, stop))
        assert index_finds("kept") == [each.id for each in reversed(old)]
        make_comment(old[0], mona, "Meanwhile")
        assert index_finds("meanwhile kept n0") == [old[0].id]
    assert rebuild_search_index() == 5
    assert index_finds("meanwhile kept n0") == [old[0].id]
    assert not inspect(db.engine).has_table("support_ticket_words_new")


@every_database
def test_two_rebuilds_at_the_same_time_lose_nothing(make_ticket):
    old = [make_ticket(subject=f"Kept n{number}") for number in range(7)]
    counts = []
    restart = between(
        *[lambda: None] * 3, lambda: counts.append(rebuild_search_index(progress=part))
    )

    def part(ids, total):  # the other process stops before it has finished
        for number, ticket_id in enumerate(ids):
            if number == 3:
                return
            yield ticket_id

    assert rebuild_search_index(progress=restart) == 7
    assert counts == [3]
    for number, ticket in enumerate(old):
        assert index_finds(f"kept n{number}") == [ticket.id]


@every_database
def test_ticket_deleted_during_a_rebuild_is_not_found(make_ticket):
    kept, gone = make_ticket(subject="Same"), make_ticket(subject="Same")
    before = make_ticket(subject="Same")

    def delete(ticket):
        db.session.execute(db.delete(tickets.TicketEvent))
        db.session.execute(db.delete(tickets.Ticket).where(tickets.Ticket.id == ticket.id))
        db.session.commit()

    delete(before)
    rebuild_search_index(progress=between(lambda: delete(gone)))
    assert index_finds("same") == [kept.id]
    if db.engine.dialect.name == "sqlite":  # those deleted before need not be remembered
        recorded = db.session.scalars(text("SELECT id FROM support_ticket_words_gone")).all()
        assert recorded == [gone.id]


@every_database
def test_index_with_tokens_of_an_older_version_is_not_read_until_it_is_rebuilt(
    make_ticket, make_comment, mona, caplog
):
    drop_index()
    old = make_ticket(TicketStatus.InProgress, subject="Größe", description="D")
    unit_of_work(lambda: current_tickets.models.words.create(db.session.connection()))
    forget_availability()
    unit_of_work(lambda: index_to_write().add([(old.id, {"_", "größe", "d"})]))
    make_comment(old, mona, "Neu")
    new = make_ticket(subject="Grosses", description="D")
    for _ in range(2):
        forget_availability()
        assert index_to_read() is None
        assert find("grosse") == [new.id, old.id]
        assert find("größe neu") == [old.id]
    [warning] = [each for each in caplog.records if "rebuild-search" in each.message]
    assert warning.levelname == "WARNING"
    assert create_search_index()
    assert index_finds("grosse") == [new.id, old.id]
    assert index_finds("größe neu") == [old.id]
