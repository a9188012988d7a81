"""What the code may expect of ids, and what it must not: decision 0013."""

from __future__ import annotations

import re

import pytest
import sqlalchemy
from sqlalchemy.dialects import postgresql

from flask_support_tickets import Action, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.current import current_tickets
from flask_support_tickets.models import utc_now
from flask_support_tickets.services import (
    TicketFilter,
    add_comment,
    check_counters,
    counters,
    list_tickets,
    move_ticket,
    rebuild_counters,
    ticket_list,
)

from ..host import db, tickets

#: Milliseconds, with room for a worker and a count.
SPARSE = [(1_700_000_000_000 + 3 * number) << 22 | number % 16 << 12 for number in range(30)]


class TestSparseIds:
    @pytest.fixture
    def sparse(self, app, alice, monkeypatch):
        """Tickets whose ids an app has made."""
        monkeypatch.setattr(ticket_list, "_NEAR", 3)
        now = utc_now()
        for place, ticket_id in enumerate(SPARSE):
            ticket = tickets.Ticket(
                id=ticket_id,
                subject="S",
                description="D",
                status=place % 2,
                user_id=alice.id,
                created_at=now,
                updated_at=now,
            )
            db.session.add(ticket)
        db.session.commit()
        unit_of_work(rebuild_counters)

    @pytest.mark.parametrize("page_size", [1, 4, 100])
    def test_any_page_is_right(self, sparse, mona, page_size):
        for statuses, ids in (((), SPARSE), ((TicketStatus.InProgress,), SPARSE[1::2])):
            seen = []
            for page in range(1, len(ids) // page_size + 2):
                found = list_tickets(
                    actor=actor_for(mona),
                    criteria=TicketFilter(statuses=statuses),
                    page=page,
                    page_size=page_size,
                )
                seen += [row.id for row in found.items]
                assert found.total_count == len(ids)
            assert seen == ids[::-1]

    def test_counters_are_right_after_a_step(self, sparse, mona):
        unit_of_work(
            move_ticket, actor=actor_for(mona), ticket_id=SPARSE[0], action=Action.StartProgress
        )
        assert check_counters() == []
        assert counters.read_totals().by_status[TicketStatus.InProgress] == 16


class TestOrder:
    @pytest.fixture
    def writes(self, app):
        """The tables that are written, in order."""
        seen = []

        def see(connection, cursor, statement, *rest):
            seen.extend(re.findall(r"^(UPDATE|INSERT INTO) support_(ticket\w*)", statement))

        sqlalchemy.event.listen(db.engine, "before_cursor_execute", see)
        yield seen
        sqlalchemy.event.remove(db.engine, "before_cursor_execute", see)

    def test_a_comment_and_its_event_take_their_ids_behind_the_lock(
        self, make_ticket, mona, writes
    ):
        """Else who goes on after the last one in a ticket could miss one that is stored later."""
        ticket_id = make_ticket(TicketStatus.InProgress).id
        writes.clear()
        unit_of_work(add_comment, actor=actor_for(mona), ticket_id=ticket_id, text="T")
        assert writes[0] == ("UPDATE", "ticket")
        assert {("INSERT INTO", "ticket_comment"), ("INSERT INTO", "ticket_event")} < set(writes)

    def test_and_so_does_the_event_of_a_step(self, make_ticket, mona, writes):
        ticket_id = make_ticket().id
        writes.clear()
        unit_of_work(
            move_ticket, actor=actor_for(mona), ticket_id=ticket_id, action=Action.StartProgress
        )
        assert writes[:2] == [("UPDATE", "ticket"), ("INSERT INTO", "ticket_event")]


def test_a_database_that_is_told_to_be_postgresqls_kin_gets_its_upsert(app):
    statement = counters._upsert(current_tickets.models, "cockroachdb")
    assert "ON CONFLICT (block, slot) DO UPDATE" in str(
        statement.compile(dialect=postgresql.dialect())
    )
