"""Read the number of tickets by status."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, func, select

from ...actor import Actor
from ...models import Models, TicketStatus
from ..database import prepared, run
from ..tickets.counters import read_totals


def count_by_status(*, actor: Actor) -> dict[TicketStatus, int]:
    """Return the number of tickets in each status among those ``actor`` may see."""
    if actor.is_staff:
        return read_totals().by_status
    return count_own_by_status(actor=actor)


def count_own_by_status(*, actor: Actor) -> dict[TicketStatus, int]:
    """Return the number of the actor's own tickets in each status, along an index (N1)."""
    rows = run(prepared(_own), {"user_id": actor.id})
    counts = {row.status: row.number for row in rows}
    return {status: counts.get(status.value, 0) for status in TicketStatus}


def _own(models: Models) -> Select[Any]:
    columns = models.Ticket.__table__.c
    is_own = columns.user_id == bindparam("user_id")
    return (
        select(columns.status, func.count().label("number")).where(is_own).group_by(columns.status)
    )
