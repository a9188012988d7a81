"""Result types of the statistics (rule N2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from ...models import TicketStatus

#: Where one group of ages of open tickets ends and the next begins; the last one has no end.
AGES = (timedelta(days=1), timedelta(days=3), timedelta(days=7), timedelta(days=28))
#: The statuses of a ticket that is open.
OPEN = (TicketStatus.New, TicketStatus.InProgress)


@dataclass(frozen=True)
class Times:
    """How long something took for some tickets, in seconds; None where there were no tickets."""

    count: int = 0
    median: float | None = None
    ninetieth: float | None = None


@dataclass(frozen=True)
class Figures:
    """What was filed, resolved and replied to in some time, of some tickets."""

    created: int
    resolved: int
    #: Open now, whenever they were filed.
    open: int
    first_reply: Times
    resolution: Times


@dataclass(frozen=True)
class Week:
    """The figures of one week; ``open`` is always 0, since that is a matter of now."""

    #: Its Monday, in the reader's time zone.
    starts_on: date
    figures: Figures


@dataclass(frozen=True)
class Age:
    """The open tickets between two ages of `AGES`; the first group begins at 0."""

    #: None in the last group.
    ends_at: timedelta | None
    by_status: Mapping[TicketStatus, int]


@dataclass(frozen=True)
class Group:
    """The figures of one department, or of one assignee."""

    #: A department, the key of a user, or None: tickets that have none.
    key: Any
    #: A user's name; a department's is its key.
    name: str | None
    figures: Figures


@dataclass(frozen=True)
class Statistics:
    """Everything that the page of statistics shows."""

    weeks: Sequence[Week]
    #: All weeks together.
    whole: Figures
    ages: Sequence[Age]
    #: All tickets there are, whatever was asked for (rule N1).
    by_status: Mapping[TicketStatus, int]
    #: Those with the most tickets, of whichever assignee was asked for.
    departments: Sequence[Group]
    #: Those with the most tickets, of whichever department was asked for.
    assignees: Sequence[Group]
    #: How many tickets, the newest, were looked at, and when the oldest of them was filed; None
    #: where they were all (rule N3).
    examined: int | None
    examined_since: datetime | None


def times_of(seconds: list[float]) -> Times:
    """Return the median and the 90th percentile: each is one of ``seconds`` (rule N2)."""
    if not seconds:
        return Times()
    ordered = sorted(seconds)
    return Times(len(ordered), _nearest_rank(ordered, 50), _nearest_rank(ordered, 90))


def _nearest_rank(ordered: Sequence[float], percent: int) -> float:
    """Return the least value that at least ``percent`` of 100 values do not exceed."""
    return ordered[-(-len(ordered) * percent // 100) - 1]
