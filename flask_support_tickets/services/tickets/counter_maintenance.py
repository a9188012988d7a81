"""Check and rebuild the counters (rule N1); for commands, never in a request."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Insert, Select, case, delete, func, insert, literal, select, text

from ...current import current_tickets
from ...models import Models, TicketStatus
from ...models.counter import BLOCK_SIZE, COUNT_COLUMNS
from ..database import dialect_name, prepared, quoted_name_of, run
from .counters import read_totals


def check_counters() -> list[tuple[int, TicketStatus, int, int]]:
    """Return what is wrong: block, status, tickets by the counters, tickets there are."""
    stored = {row.block: row for row in run(prepared(_stored))}
    there = {row.block: row for row in run(prepared(_count_all))}
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
    elif dialect_name() != "sqlite":  # which is alone from its first write on
        run(select(table).with_for_update()).all()
    run(delete(table))
    run(prepared(_insert_all))
    return sum(read_totals().by_status.values())


def _stored(models: Models) -> Select[Any]:
    columns = models.TicketCounter.__table__.c
    sums = (func.sum(columns[name]).label(name) for name in COUNT_COLUMNS)
    return select(columns.block, *sums).group_by(columns.block)


def _count_all(models: Models) -> Select[Any]:
    columns = models.Ticket.__table__.c
    block = (columns.id // BLOCK_SIZE).label("block")
    counts = (
        func.sum(case((columns.status == status, 1), else_=0)).label(COUNT_COLUMNS[status])
        for status in TicketStatus
    )
    return select(block, *counts, func.sum(columns.version).label("change_count")).group_by(block)


def _insert_all(models: Models) -> Insert:
    counted = _count_all(models).subquery()
    names = ("block", *COUNT_COLUMNS, "change_count")
    chosen = select(*(counted.c[name] for name in names), literal(0))
    return insert(models.TicketCounter.__table__).from_select([*names, "slot"], chosen)
