"""Result types of the statistics (rule N2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from ...models import TicketStatus

#: The upper ends of the age groups of open tickets; the last group has none.
AGES = (timedelta(days=1), timedelta(days=3), timedelta(days=7), timedelta(days=28))
#: The statuses of an open ticket.
OPEN = (TicketStatus.New, TicketStatus.InProgress)


@dataclass(frozen=True)
class Times:
    """Durations in seconds; None if there are no tickets."""

    count: int = 0
    median: float | None = None
    ninetieth: float | None = None


@dataclass(frozen=True)
class Figures:
    """The figures of some tickets in some weeks."""

    created: int
    resolved: int
    #: Open now, whenever they were created. Always 0 in a single week.
    open: int
    first_reply: Times
    resolution: Times


@dataclass(frozen=True)
class Week:
    """The figures of one week."""

    #: Its Monday, in the reader's time zone.
    starts_on: date
    figures: Figures


@dataclass(frozen=True)
class Age:
    """The open tickets of one age group."""

    #: None in the last group.
    ends_at: timedelta | None
    by_status: Mapping[TicketStatus, int]


@dataclass(frozen=True)
class Group:
    """The figures of one department or assignee."""

    #: A department, the key of a user, or None: tickets that have none.
    key: Any
    #: A user's name; a department's is its key.
    name: str | None
    figures: Figures


@dataclass(frozen=True)
class Statistics:
    """Everything on the statistics page."""

    weeks: Sequence[Week]
    #: All weeks together.
    whole: Figures
    ages: Sequence[Age]
    #: All tickets, whatever the filter (rule N1).
    by_status: Mapping[TicketStatus, int]
    #: The largest departments of the assignee in the filter.
    departments: Sequence[Group]
    #: The largest assignees of the department in the filter.
    assignees: Sequence[Group]
    #: How many tickets, the newest, were examined, and when the oldest of them was created; None
    #: if all were (rule N3).
    examined: int | None
    examined_since: datetime | None
