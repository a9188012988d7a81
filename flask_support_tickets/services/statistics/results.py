"""The result types of the statistics (rule N2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from ...models import TicketStatus

#: The upper limits of the age groups of open tickets; one more group has none.
AGES = (timedelta(days=1), timedelta(days=3), timedelta(days=7), timedelta(days=28))
#: The statuses of an open ticket.
OPEN = (TicketStatus.New, TicketStatus.InProgress)


@dataclass(frozen=True)
class Times:
    """Durations in seconds, None without tickets."""

    count: int = 0
    median: float | None = None
    ninetieth: float | None = None


@dataclass(frozen=True)
class Figures:
    """The figures of a group of tickets."""

    created: int
    resolved: int
    #: The number that is open now, whenever opened; 0 for a week.
    open: int
    first_reply: Times
    resolution: Times


@dataclass(frozen=True)
class Week:
    """The figures of one week."""

    #: The Monday, in the user's time zone.
    starts_on: date
    figures: Figures


@dataclass(frozen=True)
class Age:
    """The open tickets of one age group."""

    #: None for the last group.
    ends_at: timedelta | None
    by_status: Mapping[TicketStatus, int]


@dataclass(frozen=True)
class Group:
    """The figures of one department or assignee."""

    #: The department or the user's key; None for tickets without.
    key: Any
    #: The user's name, or the department.
    name: str | None
    figures: Figures


@dataclass(frozen=True)
class Statistics:
    """Everything on the statistics page."""

    weeks: Sequence[Week]
    whole: Figures
    ages: Sequence[Age]
    #: All tickets, whatever the filter (rule N1).
    by_status: Mapping[TicketStatus, int]
    #: The largest departments of the assignee in the filter.
    departments: Sequence[Group]
    #: The largest assignees of the department in the filter.
    assignees: Sequence[Group]
    #: How many of the newest tickets were examined, and when the oldest of them was opened; None
    #: if all were (rule N3).
    examined: int | None
    examined_since: datetime | None
