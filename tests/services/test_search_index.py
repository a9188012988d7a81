"""What is particular to one kind of index."""

from __future__ import annotations

import pytest
from sqlalchemy import create_mock_engine, event, inspect, text
from sqlalchemy.dialects import mysql

from flask_support_tickets.current import current_tickets
from flask_support_tickets.services import create_search_index
from flask_support_tickets.services.search_index import forget_state, index_to_read, sqlite
from flask_support_tickets.services.search_index.mariadb import MariadbIndex

from ..host import db, tickets
from .searching import drop_index, find


class TestSqlite:
    def test_a_filter_with_common_words_is_read_from_its_own_side(
        self,
        many,
        monkeypatch,
        bob,
    ):
        model = tickets.Ticket
        expected = [place for place in range(1_299, -1, -1) if place % 3 != 2]
        monkeypatch.setattr(sqlite, "_NEAR", 20)
        found = [many.index(number) for number in find("common", model.status != 2, limit=30)]
        assert found == expected[:30]
        found = find("common", model.status != 2, limit=5, offset=40, after_id=many[1_000])
        assert [many.index(number) for number in found] == [
            place for place in expected if place < 1_000
        ][40:45]

    def test_deleted_tickets_are_not_found_when_a_migration_lost_the_trigger(self, make_ticket):
        kept, gone = make_ticket(subject="Same"), make_ticket(subject="Same")
        db.session.execute(text("DROP TRIGGER support_ticket_words_gone_insert"))
        db.session.execute(db.delete(tickets.TicketEvent))
        db.session.execute(db.delete(tickets.Ticket).where(tickets.Ticket.id == gone.id))
        db.session.commit()
        forget_state()
        assert find("same") == [kept.id]

    def test_without_fts5_there_is_no_index(self, make_ticket):
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


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("sqlite://", "USING fts5"),
        ("postgresql+psycopg://", "USING gin"),
        ("mysql+pymysql://", "FULLTEXT INDEX"),
        ("mssql+pyodbc://", "CREATE TABLE support_ticket "),
    ],
)
def test_the_statements_can_be_printed(address, words):
    printed = []

    def write_down(statement, *_, **__):
        printed.append(str(statement.compile(dialect=engine.dialect)))

    engine = create_mock_engine(address, write_down)
    db.metadata.create_all(engine, checkfirst=False)
    db.metadata.drop_all(engine, checkfirst=False)
    assert any(words in each for each in printed)
    has_index = any("support_ticket_words" in each for each in printed)
    assert has_index is (not address.startswith("mssql"))


class TestMariadb:
    """What can be said of it without a server."""

    def test_keeps_words_in_ascii_between_spaces(self, app):
        drop_index()
        table = current_tickets.models.words.on("mariadb")
        db.session.execute(
            text("CREATE TABLE support_ticket_words (id INTEGER PRIMARY KEY, ticket_id, words)")
        )
        index = MariadbIndex(table)
        index.add([(7, ["the", "ö"]), (7, ["more"])])
        rows = db.session.execute(text("SELECT ticket_id, words FROM support_ticket_words"))
        assert [tuple(row) for row in rows] == [(7, " zzwthe zzxc3b6 "), (7, " zzwmore ")]
        assert index.holds(7, "ö")
        assert index.holds(7, "more")
        assert not index.holds(7, "th")
        assert not index.holds(8, "the")
        index.clear()
        assert not index.holds(7, "the")
        db.session.rollback()
        db.session.execute(text("DROP TABLE IF EXISTS support_ticket_words"))
        db.session.commit()

    def test_asks_for_one_word_after_the_other(self, app):
        index = MariadbIndex(current_tickets.models.words.on("mariadb"))
        one, two = (
            str(index._hits(words).compile(dialect=mysql.dialect())) for words in ("a", "ab")
        )
        assert "AGAINST (%s IN BOOLEAN MODE)" in one
        assert "INTERSECT" not in one
        assert two.count("IN BOOLEAN MODE") == 2
        assert "INTERSECT" in two


def test_an_index_is_whole_when_there_is_no_ticket(app):
    assert index_to_read() is not None
