"""Query the rows for the statistics: the newest tickets, up to a limit (rule N3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Select, bindparam, literal_column, or_, select
from sqlalchemy import type_coerce as taken_as

from ...models import Models
from ...models.types import UtcDateTime
from ..database import engine_of_tickets, prepared, run
from .results import OPEN

#: The most tickets that are looked at.
EXAMINED_MAX = 100_000
#: Rows that are in memory together.
_ROWS_AT_ONCE = 2_000
#: In the order of the rows.
COLUMNS = (
    "status",
    "created_at",
    "first_reply_at",
    "resolved_at",
    "department",
    "assigned_to_user_id",
)


def find_oldest() -> Any | None:
    """Return ``id`` and ``created_at`` of the oldest ticket that is looked at; None for all."""
    return run(prepared(_at_place), {"place": EXAMINED_MAX - 1}).one_or_none()


def read_rows(since: datetime, oldest_id: int) -> Iterator[Any]:
    """Yield the tickets from ``oldest_id`` on that are open, or that something happened to.

    Their moments are as the driver has them, like those of `as_stored`: making them all alike
    would take longer than everything else.
    """
    found = run(prepared(_moved), {"since": since, "oldest_id": oldest_id})
    for some in found.partitions(_ROWS_AT_ONCE):  # all of them would take tens of megabytes
        yield from some


def as_stored(moment: datetime) -> datetime:
    """Return a moment in the form in which this database's driver gives moments back."""
    stored = UtcDateTime().process_bind_param(moment, engine_of_tickets().dialect)
    assert stored is not None
    return stored


def _at_place(models: Models) -> Select[Any]:
    c = models.Ticket.__table__.c
    return select(c.id, c.created_at).order_by(c.id.desc()).limit(1).offset(bindparam("place"))


def _moved(models: Models) -> Select[Any]:
    c = models.Ticket.__table__.c
    columns = [
        taken_as(c[name], DateTime()) if name.endswith("_at") else c[name] for name in COLUMNS
    ]
    since = bindparam("since", type_=UtcDateTime())
    open_ones: list[Any] = [literal_column(str(int(status))) for status in OPEN]
    has_moved = c.created_at >= since, c.first_reply_at >= since, c.resolved_at >= since
    return select(*columns).where(
        c.id >= bindparam("oldest_id", type_=BigInteger()),
        or_(*has_moved, c.status.in_(open_ones)),
    )
