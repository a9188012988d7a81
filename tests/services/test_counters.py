"""How many tickets are in each status is counted in the transactions that change it. Rule N1."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flask_support_tickets import TicketStatus, actor_for, unit_of_work
from flask_support_tickets.current import current_tickets
from flask_support_tickets.models import utc_now
from flask_support_tickets.services import (
    check_counters,
    count_by_status,
    rebuild_counters,
    transition_ticket,
)
from flask_support_tickets.services.tickets import (
    counters,
)
from flask_support_tickets.services.tickets import (
    listing as ticket_list,
)
from flask_support_tickets.services.tickets.counters import fold_slots, read_totals

from ..databases import every_database
from ..host import db


@pytest.fixture
def small_blocks(app, monkeypatch):
    """Let counters have blocks of eight ids."""
    for module in (counters, ticket_list):
        monkeypatch.setattr(module, "BLOCK_SIZE", 8)
    current_tickets.models.statements.clear()
    yield
    current_tickets.models.statements.clear()


@every_database
def test_counters_agree_with_the_tickets_after_every_action(
    act, alice, bob, mona, make_ticket, make_comment
):
    made = [make_ticket(status) for status in TicketStatus for _ in range(2)]
    make_ticket(owner=bob)
    make_comment(made[3], alice)
    act(transition_ticket, alice, ticket_id=made[4].id, action="Reopen")
    assert check_counters() == []
    assert list(count_by_status(actor=actor_for(mona)).values()) == [3, 3, 1, 2]
    assert list(count_by_status(actor=actor_for(alice)).values()) == [2, 3, 1, 2]


@every_database
def test_rows_of_an_old_block_are_folded_into_one(small_blocks, make_ticket):
    model = current_tickets.models.TicketCounter
    for number in range(34):
        make_ticket(TicketStatus(number % 2))
    before = read_totals()
    slots = {(row.block, row.slot) for row in db.session.scalars(db.select(model))}
    assert {(0, 0), (1, 0), (2, 0)} <= slots  # folded when the block after the next began
    assert {block for block, slot in slots if slot} == {3, 4}
    db.session.commit()
    unit_of_work(fold_slots, 100)
    assert set(db.session.scalars(db.select(model.slot))) == {0}
    assert read_totals() == before
    assert check_counters() == []


def test_change_of_an_old_ticket_is_counted_in_the_first_slot(act, make_ticket, mona):
    ticket = make_ticket()
    ticket.created_at = utc_now() - timedelta(days=2)
    db.session.commit()
    act(transition_ticket, mona, ticket_id=ticket.id, action="StartProgress")
    model = current_tickets.models.TicketCounter
    rows = {row.slot: row for row in db.session.scalars(db.select(model))}
    assert (rows[0].new_count, rows[0].in_progress_count) == (-1, 1)
    assert check_counters() == []


@every_database
def test_wrong_counters_are_reported_and_rebuilt(small_blocks, make_ticket):
    for number in range(20):
        make_ticket(TicketStatus(number % 3))
    model, right = current_tickets.models.TicketCounter, read_totals()
    db.session.execute(db.update(model).where(model.block == 1).values(new_count=40))
    db.session.execute(db.delete(model).where(model.block == 2))
    db.session.commit()
    wrong = check_counters()
    assert {block for block, *_ in wrong} == {1, 2}
    assert all(counted != real for _, _, counted, real in wrong)
    assert unit_of_work(rebuild_counters) == 20
    assert check_counters() == []
    assert read_totals() == right
