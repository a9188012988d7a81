"""The search index is kept current, created, rebuilt, and not needed. Rule S1."""

from __future__ import annotations

import pytest
from sqlalchemy import event, inspect, text

from flask_support_tickets import TicketStatus, actor_for, unit_of_work
from flask_support_tickets.current import current_tickets
from flask_support_tickets.services import (
    create_search_index,
    open_ticket,
    rebuild_search_index,
    transition_ticket,
)
from flask_support_tickets.services.search import index
from flask_support_tickets.services.search.availability import forget_availability, index_to_read
from flask_support_tickets.services.search.query import find_matches

from ..databases import every_database
from ..host import db, tickets
from .searching import drop_index, find


def delete_ticket(ticket):
    """Delete a ticket as a host would: by SQL."""
    db.session.execute(db.delete(tickets.TicketEvent))
    db.session.execute(db.delete(tickets.Ticket).where(tickets.Ticket.id == ticket.id))
    db.session.commit()


@every_database
def test_words_of_a_unit_that_is_rolled_back_are_not_found(app, alice, make_ticket):
    make_ticket(subject="Kept")

    def fail():
        open_ticket(actor=actor_for(alice), subject="Gone", description="Nothing")
        assert find_matches("kept", [], limit=5)
        raise KeyError("stop")

    with pytest.raises(KeyError):
        unit_of_work(fail)
    assert find("gone") == []
    again = make_ticket(subject="Back")
    assert find("gone") == find("nothing gone") == []
    assert find("back") == [again.id]


@every_database
def test_comment_is_found_once_it_is_committed(act, make_ticket, make_comment, mona):
    ticket = make_ticket(TicketStatus.InProgress)
    assert find("unheard") == []
    make_comment(ticket, mona, "Unheard of")
    assert find("unheard") == [ticket.id]
    make_comment(ticket, mona, "!!!")
    make_comment(ticket, mona, "Unheard of")
    act(transition_ticket, mona, ticket_id=ticket.id, action="MarkAsResolved")
    assert find("unheard") == [ticket.id]


@every_database
def test_ticket_that_a_host_deleted_is_not_found(make_ticket):
    kept, gone = make_ticket(subject="Same"), make_ticket(subject="Same")
    delete_ticket(gone)
    assert find("same") == [kept.id]


def test_deleted_ticket_is_not_found_when_a_migration_lost_sqlites_trigger(make_ticket):
    kept, gone = make_ticket(subject="Same"), make_ticket(subject="Same")
    db.session.execute(text("DROP TRIGGER support_ticket_words_gone_insert"))
    delete_ticket(gone)
    forget_availability()
    assert find("same") == [kept.id]


@every_database
def test_ticket_with_very_many_words_is_found_by_each(make_ticket, make_comment, mona):
    """PostgreSQL refuses a row with 1 MB of them."""
    small = make_ticket(subject="w1 w30000")
    ticket = make_ticket(TicketStatus.InProgress, subject="Log", description="w0")
    for start in range(1, 30_001, 2_500):
        make_comment(ticket, mona, " ".join(f"w{number}" for number in range(start, start + 2_500)))
    assert find("w29999") == find("w1 log") == [ticket.id]
    assert find("w1 absent") == []
    for _ in range(2):
        assert find("log w0 w1 w15000 w30000") == [ticket.id]
        assert find("w1 w30000") == [ticket.id, small.id]
        assert rebuild_search_index() == 2


@every_database
def test_index_is_created_and_dropped_with_the_tables(app):
    assert index_to_read() is not None
    db.session.rollback()
    db.drop_all()
    assert not inspect(db.engine).get_table_names()
    db.create_all()
    assert inspect(db.engine).has_table("support_ticket_words")


@every_database
def test_missing_index_is_created_and_filled(make_ticket, make_comment, mona):
    drop_index()
    ticket = make_ticket(TicketStatus.InProgress, subject="Before")
    make_comment(ticket, mona, "Said before")
    assert index_to_read() is None
    db.session.rollback()
    assert create_search_index()
    assert index_to_read() is not None
    assert find("before said") == [ticket.id]
    assert create_search_index()


@every_database
def test_index_that_lacks_tickets_is_not_used_until_it_is_rebuilt(make_ticket, make_comment, mona):
    drop_index()
    ticket = make_ticket(TicketStatus.InProgress, subject="Before")
    db.session.rollback()
    unit_of_work(lambda: current_tickets.models.words.create(db.session.connection()))
    make_comment(ticket, mona, "After")
    newer = make_ticket(subject="After")
    assert index_to_read() is None
    for _ in range(2):
        assert find("before after") == [ticket.id]
        assert find("after") == [newer.id, ticket.id]
        assert rebuild_search_index() == 2
    assert index_to_read() is not None


def test_search_works_on_a_sqlite_without_fts5(make_ticket):
    ticket_id = make_ticket(subject="Plain").id
    drop_index()

    def forget_fts5(connection, record):
        connection.create_function("sqlite_compileoption_used", 1, lambda name: 0)

    db.session.remove()
    db.engine.dispose()
    event.listen(db.engine, "connect", forget_fts5)
    assert not create_search_index()
    assert not inspect(db.engine).has_table("support_ticket_words")
    assert find("plain") == [ticket_id]


def test_search_works_on_a_kind_of_database_without_an_index(monkeypatch, make_ticket):
    drop_index()
    monkeypatch.delitem(current_tickets.models.words.by_dialect, "sqlite")
    forget_availability()
    assert not create_search_index()
    assert rebuild_search_index() == 0
    ticket = make_ticket(subject="Still found")
    assert find("found") == [ticket.id]


@every_database
def test_long_word_of_any_script_is_found_behind_the_newest_tickets(make_ticket, monkeypatch):
    """MariaDB's FULLTEXT ignores words that are longer than 84 characters."""
    word = "превысокомногорассмотрите"  # 50 bytes
    ticket = make_ticket(subject=word)
    for _ in range(3):
        make_ticket(subject="Another")
    monkeypatch.setattr(index, "_NEAR", 2)
    assert find(word) == [ticket.id]
