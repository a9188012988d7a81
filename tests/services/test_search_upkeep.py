"""The index of words is kept current, and made."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import inspect, true

from flask_support_tickets import TicketStatus, actor_for, unit_of_work
from flask_support_tickets.current import current_tickets
from flask_support_tickets.services import (
    add_comment,
    create_search_index,
    open_ticket,
    rebuild_search_index,
)
from flask_support_tickets.services.search import (
    COUNT_MAX,
    find_matches,
)
from flask_support_tickets.services.search_index import forget_state, index_to_read

from ..host import db, tickets
from .searching import drop_index, find


class TestKeepingCurrent:
    def test_what_is_rolled_back_is_not_found(self, app, alice, make_ticket):
        make_ticket(subject="Kept")

        def work():
            open_ticket(actor=actor_for(alice), subject="Gone", description="Nothing")
            assert find_matches("kept", [true()], limit=5)
            raise KeyError("stop")

        with pytest.raises(KeyError):
            unit_of_work(work)
        assert find("gone") == []
        again = make_ticket(subject="Back")
        assert find("gone") == find("nothing gone") == []
        assert find("back") == [again.id]

    def test_a_comment_is_found_once_it_is_committed(self, make_ticket, make_comment, mona):
        ticket = make_ticket(TicketStatus.InProgress)
        assert find("unheard") == []
        make_comment(ticket, mona, "Unheard of")
        assert find("unheard") == [ticket.id]
        make_comment(ticket, mona, "!!!")
        make_comment(ticket, mona, "Unheard of")
        assert find("unheard") == [ticket.id]

    def test_simultaneous_comments_on_one_ticket_all_count(self, app, make_ticket, mona):
        ticket = make_ticket(TicketStatus.InProgress)
        ticket_id, actor = ticket.id, actor_for(mona)
        db.session.rollback()

        def comment(number):
            with app.app_context():
                said = f"said{number}"
                for _ in range(20):
                    try:
                        return unit_of_work(
                            add_comment, actor=actor, ticket_id=ticket_id, text=said
                        ).id
                    except Exception:
                        continue
                return None

        with ThreadPoolExecutor(6) as pool:
            assert None not in list(pool.map(comment, range(12)))
        assert find(" ".join(f"said{number}" for number in range(12))) == [ticket_id]

    def test_a_ticket_that_the_host_deleted_is_not_found(self, make_ticket):
        ticket = make_ticket(subject="Vanished")
        db.session.execute(db.delete(tickets.TicketEvent))
        db.session.execute(db.delete(tickets.Ticket).where(tickets.Ticket.id == ticket.id))
        db.session.commit()
        assert find("vanished") == []
        assert len(find("vanished", limit=COUNT_MAX + 1)) == 0

    def test_a_ticket_of_very_many_words_keeps_all_of_them(self, make_ticket, make_comment, mona):
        """PostgreSQL refuses a row with 1 MB of them."""
        small = make_ticket(subject="w1 w30000")
        ticket = make_ticket(TicketStatus.InProgress, subject="Log", description="w0")
        for start in range(1, 30_001, 2_500):
            said = " ".join(f"w{number}" for number in range(start, start + 2_500))
            make_comment(ticket, mona, said)
        assert find("log w0 w1 w15000 w30000") == [ticket.id]
        assert find("w1 w30000") == [ticket.id, small.id]
        assert find("w29999") == find("w1 log") == [ticket.id]
        assert find("w1 absent") == []
        current_tickets.session.execute(db.delete(tickets.TicketEvent))
        assert rebuild_search_index() == 2
        assert find("log w0 w1 w15000 w30000") == [ticket.id]
        assert find("w1 w30000") == [ticket.id, small.id]


class TestTheIndex:
    def table(self):
        return current_tickets.models.words.on(db.engine.dialect.name)

    def exists(self):
        return inspect(db.engine).has_table("support_ticket_words")

    def test_comes_and_goes_with_the_tickets(self, app):
        assert self.exists()
        db.session.rollback()
        db.drop_all()
        assert not inspect(db.engine).get_table_names()
        db.create_all()
        assert self.exists()

    def test_is_made_and_filled_where_it_is_missing(self, make_ticket, make_comment, mona):
        drop_index()
        ticket = make_ticket(TicketStatus.InProgress, subject="Before")
        make_comment(ticket, mona, "Said before")
        assert index_to_read() is None
        db.session.rollback()
        assert create_search_index()
        assert index_to_read() is not None
        assert find("before said") == [ticket.id]
        assert create_search_index()

    def test_that_lacks_tickets_is_not_asked(self, make_ticket, make_comment, mona):
        drop_index()
        ticket = make_ticket(TicketStatus.InProgress, subject="Before")
        db.session.rollback()
        unit_of_work(lambda: current_tickets.models.words.create(db.session.connection()))
        make_comment(ticket, mona, "After")
        newer = make_ticket(subject="After")
        assert index_to_read() is None
        assert find("before after") == [ticket.id]
        assert find("after") == [newer.id, ticket.id]
        assert rebuild_search_index() == 2
        assert index_to_read() is not None
        assert find("before after") == [ticket.id]
        assert find("after") == [newer.id, ticket.id]

    def test_is_looked_for_once_and_not_by_every_search(self, make_ticket, statements):
        make_ticket(subject="Counted")
        find("counted")
        with statements() as said:
            find("counted")
        assert not [each for each in said if "min(" in each or "PRAGMA" in each or "pg_" in each]

    def test_is_not_needed(self, monkeypatch, make_ticket, app):
        """Another database, or an SQLite without FTS5."""
        by_dialect = current_tickets.models.words.by_dialect
        db.session.rollback()
        drop_index()
        monkeypatch.delitem(by_dialect, db.engine.dialect.name)
        forget_state()
        assert not create_search_index()
        assert rebuild_search_index() == 0
        ticket = make_ticket(subject="Still found")
        assert find("found") == [ticket.id]
        db.session.rollback()
        db.drop_all()
        monkeypatch.undo()
        forget_state()
