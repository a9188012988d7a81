"""Count tickets by department, assignee, priority and week (rules N2 and N3)."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Any, NamedTuple

from sqlalchemy import DateTime, or_, select, type_coerce

from ...current import current_tickets
from ...models import OPEN_STATUSES
from ...models.types import UtcDateTime
from ..database import engine_of_tickets, run
from .results import AGES, Figures, Times

#: The number of rows held in memory at once. 100,000 rows would take tens of megabytes.
_ROWS_AT_ONCE = 2_000


class Place(NamedTuple):
    """The group that a ticket is counted in."""

    department: str | None
    assignee: Any
    priority: int
    #: The week, starting at 1, or 0 for open tickets, which are not counted by week.
    week: int


@dataclass(slots=True)
class Tally:
    """The running totals for a group."""

    created: int = 0
    #: The number of open tickets by age group and status.
    open: Counter[tuple[int, int]] = field(default_factory=Counter)
    first_replies: list[float] = field(default_factory=list)
    resolutions: list[float] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.created += other.created
        if other.open:
            self.open.update(other.open)
        self.first_replies += other.first_replies
        self.resolutions += other.resolutions

    @property
    def size(self) -> int:
        """The sum of all counts."""
        replied, resolved = len(self.first_replies), len(self.resolutions)
        return self.created + self.open.total() + replied + resolved

    def figures(self) -> Figures:
        return Figures(
            created=self.created,
            resolved=len(self.resolutions),
            open=self.open.total(),
            first_reply=_times_of(self.first_replies),
            resolution=_times_of(self.resolutions),
        )


def count_tickets(
    starts: Sequence[datetime], now: datetime, oldest_id: int, conditions: Sequence[Any] = ()
) -> dict[Place, Tally]:
    """Count the tickets that meet ``conditions``, by `Place`. The weeks begin at ``starts``.

    Tickets with ids below ``oldest_id`` are ignored. Times are compared as the driver returns them,
    because converting them would take longer than everything else combined.
    """
    rows = _read_rows(starts[0], oldest_id, conditions)
    now, *starts = map(_as_stored, (now, *starts))
    since = starts[0]
    tallies: defaultdict[Any, Tally] = defaultdict(Tally)  # plain tuples are faster than `Place`
    open_counts: Counter[tuple[Any, Any, int, int, int]] = Counter()
    for status, created, replied, resolved, department, assignee, priority in rows:
        if created >= since:
            tallies[department, assignee, priority, bisect_right(starts, created)].created += 1
        if replied is not None and replied >= since:
            tally = tallies[department, assignee, priority, bisect_right(starts, replied)]
            tally.first_replies.append(_seconds(created, replied))
        if resolved is not None and resolved >= since:
            tally = tallies[department, assignee, priority, bisect_right(starts, resolved)]
            tally.resolutions.append(_seconds(created, resolved))
        if status in OPEN_STATUSES:
            age = bisect_right(AGES, now - created)
            open_counts[department, assignee, priority, age, status] += 1
    for (department, assignee, priority, age, status), count in open_counts.items():
        tallies[department, assignee, priority, 0].open[age, status] += count
    return {Place(*place): tally for place, tally in tallies.items()}


def merge(
    tallies: Mapping[Place, Tally], by: str, is_counted: Callable[[Place], bool]
) -> defaultdict[Any, Tally]:
    """Merge the tallies whose `Place` satisfies ``is_counted``, grouped by the field ``by``."""
    merged: defaultdict[Any, Tally] = defaultdict(Tally)
    for place, tally in tallies.items():
        if is_counted(place):
            merged[getattr(place, by)].add(tally)
    return merged


def _read_rows(since: datetime, oldest_id: int, conditions: Sequence[Any]) -> Iterator[Any]:
    """Yield open tickets, and those opened, first answered or resolved at or after ``since``."""
    c = current_tickets.models.Ticket.__table__.c
    times = c.created_at, c.first_reply_at, c.resolved_at
    has_moved = or_(*(column >= since for column in times), c.status.in_(OPEN_STATUSES))
    raw_times = (type_coerce(column, DateTime()) for column in times)
    query = select(c.status, *raw_times, c.department, c.assigned_to_user_id, c.priority)
    query = query.where(c.id >= oldest_id, has_moved, *conditions)
    for rows in run(query).partitions(_ROWS_AT_ONCE):
        yield from rows


def _as_stored(moment: datetime) -> datetime:
    """Return a datetime in the form in which the database driver returns it."""
    stored = UtcDateTime().process_bind_param(moment, engine_of_tickets().dialect)
    assert stored is not None
    return stored


def _seconds(start: datetime, end: datetime) -> float:
    """Return the duration in seconds, or 0 if an imported row has an end before its start."""
    return max((end - start).total_seconds(), 0.0)


def _times_of(seconds: list[float]) -> Times:
    """Return the median and 90th percentile, using the nearest-rank method (rule N2)."""
    if not seconds:
        return Times()
    ordered, count = sorted(seconds), len(seconds)
    return Times(count, ordered[ceil(count / 2) - 1], ordered[ceil(count * 9 / 10) - 1])
