"""Keep, read, check and rebuild the number of tickets by status (rule N1)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Insert, Select, case, delete, func, insert, literal, select, text

from ...actor import Actor
from ...current import current_tickets
from ...models import Models, TicketStatus, utc_now
from ...models.counter import BLOCK_SIZE, COUNT_COLUMNS, SLOTS
from ...transaction import run_before_commit
from ..database import dialect_name, prepared, quoted_name_of, run, upsert

#: Tickets younger than this are the ones that many people work on at once.
_BUSY = timedelta(days=1)
_SUMMED = (*COUNT_COLUMNS, "change_count")


@dataclass(frozen=True)
class Totals:
    """The number of all tickets by status, and of the changes there were to any."""

    by_status: dict[TicketStatus, int]
    changes: int

    def of(self, statuses: Collection[TicketStatus]) -> int:
        """Return how many tickets are in one of ``statuses``; none given means all."""
        return sum(self.by_status[status] for status in statuses or TicketStatus)


def read_totals() -> Totals:
    """Return the totals as they are now: a sum over some hundred rows for a million tickets."""
    row: Any = run(prepared(_sum_all)).one()
    *counts, changes = row
    return Totals({status: int(counts[status] or 0) for status in TicketStatus}, int(changes or 0))


def count_by_status(*, actor: Actor) -> dict[TicketStatus, int]:
    """Return the number of tickets in each status among those ``actor`` may see."""
    return read_totals().by_status if actor.is_staff else count_own_by_status(actor=actor)


def count_own_by_status(*, actor: Actor) -> dict[TicketStatus, int]:
    """Return the number of the actor's own tickets in each status, along an index (N1)."""
    ticket = current_tickets.models.Ticket.__table__.c
    query = select(ticket.status, func.count().label("number")).where(ticket.user_id == actor.id)
    counts = {row.status: row.number for row in run(query.group_by(ticket.status))}
    return {status: counts.get(status.value, 0) for status in TicketStatus}


def count_ticket_change(
    ticket: Any, *, was: TicketStatus | None = None, becomes: TicketStatus | None = None
) -> None:
    """Count a change of ``ticket`` when the running unit of work ends.

    It was opened (``becomes`` alone), moved to another status (both) or changed otherwise.
    """
    is_busy = utc_now() - ticket.created_at < _BUSY
    place = ticket.id // BLOCK_SIZE, ticket.id % SLOTS if is_busy else 0
    changed = dict.fromkeys(_SUMMED, 0) | {"change_count": 1}
    if was is not None:
        changed[COUNT_COLUMNS[was]] -= 1
    if becomes is not None:
        changed[COUNT_COLUMNS[becomes]] += 1
    run_before_commit(partial(_add, place, changed), order=place)
    if was is None and becomes is not None and ticket.id % BLOCK_SIZE == 0:
        run_before_commit(partial(fold_slots, place[0] - 1), order=(-1, 0))


def fold_slots(block: int) -> None:
    """Merge the slots of each block before ``block``, which is no longer busy, into one row."""
    table = current_tickets.models.TicketCounter.__table__
    found: dict[int, dict[str, int]] = {}
    query = select(table).where(table.c.block < block, table.c.slot > 0)
    for row in run(query.order_by(table.c.block, table.c.slot).with_for_update()).all():
        sums = found.setdefault(row.block, dict.fromkeys(_SUMMED, 0))
        for name in _SUMMED:
            sums[name] += getattr(row, name)
        run(delete(table).where(table.c.block == row.block, table.c.slot == row.slot))
    for number in sorted(found):
        _add((number, 0), found[number])


def find_block(statuses: Collection[TicketStatus], offset: int) -> tuple[int, int] | None:
    """Return the block of the row at ``offset`` (from 0) of the list of all tickets in
    ``statuses``, newest first, and how many of the list's rows are in newer blocks.
    """
    c = current_tickets.models.TicketCounter.__table__.c
    here: Any = sum(c[COUNT_COLUMNS[status]] for status in statuses or TicketStatus)
    blocks = select(c.block, func.sum(here).label("here")).group_by(c.block).subquery()
    up_to_here = func.sum(blocks.c.here).over(order_by=blocks.c.block.desc())
    newer = (up_to_here - blocks.c.here).label("newer")
    places = select(blocks.c.block, blocks.c.here, newer).subquery().c
    is_it = places.newer <= offset, places.newer + places.here > offset
    found = run(select(places.block, places.newer).where(*is_it)).one_or_none()
    return None if found is None else (int(found.block), int(found.newer))


def check_counters() -> list[tuple[int, TicketStatus, int, int]]:
    """Return what is wrong: block, status, tickets by the counters, tickets there are."""
    c = current_tickets.models.TicketCounter.__table__.c
    sums = (func.sum(c[name]) for name in COUNT_COLUMNS)
    stored = {row[0]: row[1:] for row in run(select(c.block, *sums).group_by(c.block))}
    there = {row[0]: row[1:] for row in run(_count_all())}
    none, wrong = (0,) * len(TicketStatus), []
    for block in sorted(stored.keys() | there.keys()):
        counts = zip(TicketStatus, stored.get(block, none), there.get(block, none), strict=False)
        for status, counted, real in counts:
            if counted != real:
                wrong.append((block, status, int(counted), int(real)))
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


def _add(place: tuple[int, int], changed: dict[str, int]) -> None:
    block, slot = place
    run(prepared(_upsert, dialect_name()), {"block": block, "slot": slot, **changed})


def _sum_all(models: Models) -> Select[Any]:
    columns = models.TicketCounter.__table__.c
    return select(*(func.sum(columns[name]) for name in _SUMMED))


def _upsert(models: Models, dialect: str) -> Insert:
    table = models.TicketCounter.__table__
    return upsert(
        table,
        dialect,
        ("block", "slot"),
        lambda new: {name: table.c[name] + new[name] for name in _SUMMED},
    )


def _count_all() -> Select[Any]:
    """Build: the tickets of each block by status, and their changes."""
    c = current_tickets.models.Ticket.__table__.c
    block = (c.id // BLOCK_SIZE).label("block")
    counts = (func.sum(case((c.status == status, 1), else_=0)) for status in TicketStatus)
    return select(block, *counts, func.sum(c.version)).group_by(block)
