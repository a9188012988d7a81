"""Result types for the statistics (rule N2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from ...models import TicketStatus

#: The upper limits of the age groups for open tickets. A final group has no limit.
AGES = (timedelta(days=1), timedelta(days=3), timedelta(days=7), timedelta(days=28))


@dataclass(frozen=True)
class Times:
    """The median and 90th percentile in seconds. Both are None if there are no tickets."""

    count: int = 0
    median: float | None = None
    ninetieth: float | None = None


@dataclass(frozen=True)
class Figures:
    """The figures for a group of tickets."""

    created: int
    resolved: int
    #: The number of tickets that are open now, whenever they were opened; 0 for a week.
    open: int
    first_reply: Times
    resolution: Times


@dataclass(frozen=True)
class Week:
    """The figures for one week."""

    #: The Monday on which the week starts, in the user's time zone.
    starts_on: date
    figures: Figures


@dataclass(frozen=True)
class Age:
    """The number of open tickets in one age group."""

    #: The upper limit, or None for the last group.
    ends_at: timedelta | None
    by_status: Mapping[TicketStatus, int]


@dataclass(frozen=True)
class Group:
    """The figures for one department, assignee or priority."""

    #: The department, the user's key or the priority, or None for tickets that have none.
    key: Any
    #: The department, the user's name or the priority's label.
    name: str | None
    figures: Figures


@dataclass(frozen=True)
class Statistics:
    """The data for the statistics page."""

    weeks: Sequence[Week]
    whole: Figures
    ages: Sequence[Age]
    #: The number of all tickets, regardless of the filter (rule N1).
    by_status: Mapping[TicketStatus, int]
    #: The departments with the most tickets. Each of these lists ignores its own filter.
    departments: Sequence[Group]
    #: The assignees with the most tickets.
    assignees: Sequence[Group]
    #: All priorities, highest first.
    priorities: Sequence[Group]
    #: The number of newest tickets that were examined, and when the oldest of them was opened. None
    #: if all tickets were examined (rule N3).
    examined: int | None
    examined_since: datetime | None
