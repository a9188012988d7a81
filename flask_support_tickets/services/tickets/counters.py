"""Keep and read the number of tickets by status (rule N1)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Delete, Insert, Select, bindparam, delete, func, select

from ...actor import Actor
from ...current import current_tickets
from ...models import Models, TicketStatus, utc_now
from ...models.counter import BLOCK_SIZE, COUNT_COLUMNS, SLOTS
from ...transaction import run_before_commit
from ..database import dialect_name, prepared, run, upsert

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
    """Count a change of ``ticket`` when the running unit of work ends: it was filed (``becomes``
    alone), moved from one status to another, or something else about it changed (neither).
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
    """Make one row of each block before ``block`` that is no longer busy."""
    found: dict[int, dict[str, int]] = {}
    for row in run(prepared(_locked_slots), {"before": block}).all():
        sums = found.setdefault(row.block, dict.fromkeys(_SUMMED, 0))
        for name in _SUMMED:
            sums[name] += getattr(row, name)
        run(prepared(_delete_slot), {"old_block": row.block, "old_slot": row.slot})
    for number in sorted(found):
        _add((number, 0), found[number])


def find_block(statuses: Collection[TicketStatus], offset: int) -> tuple[int, int] | None:
    """Return the block that holds the row at ``offset`` (from 0) of the list of all tickets in
    ``statuses``, newest first, and how many of the list's rows stand in newer blocks.
    """
    chosen = tuple(sorted(statuses)) or tuple(TicketStatus)
    found = run(prepared(_block_at, chosen), {"place": offset}).one_or_none()
    return None if found is None else (int(found.block), int(found.newer))


def _add(place: tuple[int, int], changed: dict[str, int]) -> None:
    block, slot = place
    run(prepared(_upsert, dialect_name()), {"block": block, "slot": slot, **changed})


def _sum_all(models: Models) -> Select[Any]:
    columns = models.TicketCounter.__table__.c
    return select(*(func.sum(columns[name]) for name in _SUMMED))


def _locked_slots(models: Models) -> Select[Any]:
    table = models.TicketCounter.__table__
    is_old_slot = table.c.block < bindparam("before"), table.c.slot > 0
    order = table.c.block, table.c.slot
    return select(table).where(*is_old_slot).order_by(*order).with_for_update()


def _delete_slot(models: Models) -> Delete:
    columns = models.TicketCounter.__table__.c
    is_it = columns.block == bindparam("old_block"), columns.slot == bindparam("old_slot")
    return delete(models.TicketCounter.__table__).where(*is_it)


def _block_at(models: Models, statuses: tuple[TicketStatus, ...]) -> Select[Any]:
    columns = models.TicketCounter.__table__.c
    here: Any = sum(columns[COUNT_COLUMNS[status]] for status in statuses)
    blocks = select(columns.block, func.sum(here).label("here")).group_by(columns.block).subquery()
    up_to_here = func.sum(blocks.c.here).over(order_by=blocks.c.block.desc())
    places = select(
        blocks.c.block, blocks.c.here, (up_to_here - blocks.c.here).label("newer")
    ).subquery()
    place: Any = bindparam("place")
    return select(places.c.block, places.c.newer).where(
        places.c.newer <= place, places.c.newer + places.c.here > place
    )


def _upsert(models: Models, dialect: str) -> Insert:
    table = models.TicketCounter.__table__

    def add(new: Any) -> dict[str, Any]:
        return {name: table.c[name] + new[name] for name in _SUMMED}

    return upsert(table, dialect, ("block", "slot"), add)
