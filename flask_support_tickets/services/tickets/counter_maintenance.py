"""Check and rebuild the counters (rule N1); for commands, never in a request."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, case, delete, func, insert, literal, select, text

from ...current import current_tickets
from ...models import TicketStatus
from ...models.counter import BLOCK_SIZE, COUNT_COLUMNS
from ..database import dialect_name, quoted_name_of, run
from .counters import read_totals


def check_counters() -> list[tuple[int, TicketStatus, int, int]]:
    """Return what is wrong: block, status, tickets by the counters, tickets there are."""
    c = current_tickets.models.TicketCounter.__table__.c
    sums = (func.sum(c[name]).label(name) for name in COUNT_COLUMNS)
    stored = {row.block: row for row in run(select(c.block, *sums).group_by(c.block))}
    there = {row.block: row for row in run(_count_all())}
    wrong = []
    for block in sorted(stored.keys() | there.keys()):
        for status in TicketStatus:
            name = COUNT_COLUMNS[status]
            counted = int(getattr(stored.get(block), name, 0))
            real = int(getattr(there.get(block), name, 0))
            if counted != real:
                wrong.append((block, status, counted, real))
    return wrong


def rebuild_counters() -> int:
    """Count all tickets and return how many there are. Writers wait until the unit's commit."""
    table: Any = current_tickets.models.TicketCounter.__table__
    if dialect_name() == "postgresql":
        run(text(f"LOCK TABLE {quoted_name_of(table)} IN EXCLUSIVE MODE"))
    elif dialect_name() != "sqlite":  # where only one connection writes
        run(select(table).with_for_update()).all()
    run(delete(table))
    counted = _count_all().add_columns(literal(0))
    run(insert(table).from_select(["block", *COUNT_COLUMNS, "change_count", "slot"], counted))
    return sum(read_totals().by_status.values())


def _count_all() -> Select[Any]:
    """Build: the tickets of each block by status, and their changes."""
    c = current_tickets.models.Ticket.__table__.c
    block = (c.id // BLOCK_SIZE).label("block")
    counts = (
        func.sum(case((c.status == status, 1), else_=0)).label(COUNT_COLUMNS[status])
        for status in TicketStatus
    )
    return select(block, *counts, func.sum(c.version)).group_by(block)
