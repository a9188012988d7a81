"""Counters: the stored number of tickets in each status (rule N1)."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from operator import add
from typing import Any

from sqlalchemy import Insert, Select, case, delete, func, insert, literal, select, text

from ...actor import Actor
from ...current import current_tickets, warn_once
from ...models import Models, TicketStatus, utc_now
from ...models.counter import BLOCK_SIZE, COUNT_COLUMNS, SLOTS
from ...transaction import run_before_commit
from ..database import dialect_name, prepared, quoted_name_of, run, upsert

logger = logging.getLogger(__name__)

#: Changes to tickets younger than this are frequent, so they are spread across the slots.
_BUSY = timedelta(days=1)
#: The counters are compared with the tickets up to this number of tickets.
_CHECKED_MAX = 1_000
_SUMMED = (*COUNT_COLUMNS, "change_count")


@dataclass(frozen=True)
class Totals:
    """The number of tickets in each status, and the number of changes to all tickets."""

    by_status: dict[TicketStatus, int]
    changes: int

    def of(self, statuses: Collection[TicketStatus]) -> int:
        """Return the number of tickets in ``statuses``, or of all tickets if none are given."""
        return sum(self.by_status[status] for status in statuses or TicketStatus)


def read_totals() -> Totals:
    """Return the totals. For a million tickets, this sums a few hundred rows.

    If tickets were deleted with SQL, the counters are wrong. Up to `_CHECKED_MAX` tickets, this is
    noticed, and the tickets are counted instead.
    """
    *counts, changes, found = (int(value or 0) for value in run(prepared(_sum_all)).one())
    if min(counts) < 0 or found != min(sum(counts), _CHECKED_MAX + 1):
        warn_once(
            logger,
            "The counters do not match the tickets; perhaps some were deleted with SQL. To correct "
            "them, run: flask support-tickets check-counters --rebuild.",
        )
        return Totals(group_by_status(), changes)
    return Totals(dict(zip(TicketStatus, counts, strict=True)), changes)


def count_own_by_status(*, actor: Actor) -> dict[TicketStatus, int]:
    """Return the number of the actor's own tickets, by status (N1)."""
    ticket = current_tickets.models.Ticket.__table__.c
    return group_by_status(ticket.user_id == actor.id)


def group_by_status(*conditions: Any) -> dict[TicketStatus, int]:
    """Return the number of tickets that meet ``conditions``, by status."""
    ticket = current_tickets.models.Ticket.__table__.c
    query = select(ticket.status, func.count().label("number")).where(*conditions)
    counts = {row.status: row.number for row in run(query.group_by(ticket.status))}
    return {status: counts.get(status.value, 0) for status in TicketStatus}


def count_ticket_change(
    ticket: Any, *, was: TicketStatus | None = None, becomes: TicketStatus | None = None
) -> None:
    """Count a change to ``ticket`` at the end of the current unit of work.

    For a new ticket, pass only ``becomes``. For a comment, pass neither status.
    """
    is_busy = utc_now() - ticket.created_at < _BUSY
    key = ticket.id // BLOCK_SIZE, ticket.id % SLOTS if is_busy else 0
    added = dict.fromkeys(_SUMMED, 0) | {"change_count": 1}
    if was is not None:
        added[COUNT_COLUMNS[was]] -= 1
    if becomes is not None:
        added[COUNT_COLUMNS[becomes]] += 1
    run_before_commit(partial(_add, key, added), order=key)
    if was is None and becomes is not None and ticket.id % BLOCK_SIZE == 0:
        run_before_commit(partial(fold_slots, key[0] - 1), order=(-1, 0))


def count_changes(count: int) -> None:
    """Count changes to any tickets at the end of the current unit of work."""
    added = dict.fromkeys(_SUMMED, 0) | {"change_count": count}
    run_before_commit(partial(_add, (0, 0), added), order=(0, 0))


def fold_slots(block: int) -> None:
    """Merge the slots of each block before ``block`` into one row."""
    table = current_tickets.models.TicketCounter.__table__
    query = select(table).where(table.c.block < block, table.c.slot > 0)
    for row in run(query.order_by(table.c.block, table.c.slot).with_for_update()).all():
        run(delete(table).where(table.c.block == row.block, table.c.slot == row.slot))
        _add((row.block, 0), {name: getattr(row, name) for name in _SUMMED})


def find_block(statuses: Collection[TicketStatus], offset: int) -> tuple[int, int] | None:
    """Find the row at ``offset`` in the list of all tickets in ``statuses``, newest first.

    Return its block and the number of rows in newer blocks, or None if there is no such row.
    """
    c = current_tickets.models.TicketCounter.__table__.c
    size: Any = sum(c[COUNT_COLUMNS[status]] for status in statuses or TicketStatus)
    blocks = select(c.block, func.sum(size).label("size")).group_by(c.block).subquery()
    cumulated = func.sum(blocks.c.size).over(order_by=blocks.c.block.desc())
    newer = (cumulated - blocks.c.size).label("newer")
    ranges = select(blocks.c.block, blocks.c.size, newer).subquery().c
    has_row = ranges.newer <= offset, ranges.newer + ranges.size > offset
    found = run(select(ranges.block, ranges.newer).where(*has_row)).one_or_none()
    return None if found is None else (int(found.block), int(found.newer))


def check_counters() -> list[tuple[int, TicketStatus, int, int]]:
    """Return each wrong counter's block, status, stored count and actual count."""
    c = current_tickets.models.TicketCounter.__table__.c
    sums = (func.sum(c[name]) for name in COUNT_COLUMNS)
    stored = {row[0]: row[1:] for row in run(select(c.block, *sums).group_by(c.block))}
    actual = {row[0]: row[1:] for row in run(_count_all())}
    none = (0,) * len(TicketStatus)
    return [
        (block, status, int(stored.get(block, none)[status]), int(actual.get(block, none)[status]))
        for block in sorted(stored.keys() | actual.keys())
        for status in TicketStatus
        if stored.get(block, none)[status] != actual.get(block, none)[status]
    ]


def rebuild_counters() -> int:
    """Count all tickets again and return their number. Writers wait for the commit."""
    table: Any = current_tickets.models.TicketCounter.__table__
    if dialect_name() == "postgresql":
        run(text(f"LOCK TABLE {quoted_name_of(table)} IN EXCLUSIVE MODE"))
    elif dialect_name() != "sqlite":  # SQLite allows only one writer
        run(select(table).with_for_update()).all()
    run(delete(table))
    counted = _count_all().add_columns(literal(0))
    run(insert(table).from_select(["block", *COUNT_COLUMNS, "change_count", "slot"], counted))
    return sum(read_totals().by_status.values())


def _add(key: tuple[int, int], added: dict[str, int]) -> None:
    run(prepared(_upsert, dialect_name()), {"block": key[0], "slot": key[1], **added})


def _sum_all(models: Models) -> Select[Any]:
    columns = models.TicketCounter.__table__.c
    some = select(models.Ticket.__table__.c.id).limit(_CHECKED_MAX + 1).subquery()
    found = select(func.count()).select_from(some).scalar_subquery()
    return select(*(func.sum(columns[name]) for name in _SUMMED), found)


def _upsert(models: Models, dialect: str) -> Insert:
    return upsert(models.TicketCounter.__table__, dialect, ("block", "slot"), _SUMMED, add)


def _count_all() -> Select[Any]:
    """Build a query that counts the tickets in each status, and the changes, by block."""
    c = current_tickets.models.Ticket.__table__.c
    block = (c.id // BLOCK_SIZE).label("block")
    counts = (func.sum(case((c.status == status, 1), else_=0)) for status in TicketStatus)
    return select(block, *counts, func.sum(c.version)).group_by(block)
