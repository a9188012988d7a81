"""Ticket statistics (rules N2 and N3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, select

from ...actor import Actor, name_of
from ...current import current_tickets
from ...errors import NotAllowed
from ...models import OPEN_STATUSES, TicketPriority, TicketStatus, utc_now
from ...models.priority import priority_label
from ..access import listed_conditions
from ..database import run
from ..dates import midnight
from ..tickets.counters import group_by_status, read_totals
from ..user_names import get_user_names
from .results import AGES, Age, Group, Statistics, Week
from .tally import Place, Tally, count_tickets, merge

#: The maximum number of groups (departments or assignees) in a list.
GROUPS_MAX = 20
EXAMINED_MAX = 100_000


@dataclass(frozen=True)
class StatisticsFilter:
    """The filters for the statistics, and the number of weeks, including the current one."""

    weeks: int = 12
    department: str | None = None
    assigned_to: Any = None
    is_unassigned: bool = False
    priority: int | None = None

    def has_department(self, place: Place) -> bool:
        """Return whether ``place`` matches the department filter."""
        return self.department in (None, place.department)

    def has_assignee(self, place: Place) -> bool:
        """Return whether ``place`` matches the assignee filter."""
        is_anybody = self.assigned_to is None and not self.is_unassigned
        return is_anybody or bool(place.assignee == self.assigned_to)

    def has_priority(self, place: Place) -> bool:
        """Return whether ``place`` matches the priority filter."""
        return self.priority in (None, place.priority)

    def has(self, place: Place, besides: str = "") -> bool:
        """Return whether ``place`` matches all filters, or all but the one named ``besides``."""
        return (
            (besides == "department" or self.has_department(place))
            and (besides == "assignee" or self.has_assignee(place))
            and (besides == "priority" or self.has_priority(place))
        )


def read_statistics(
    *, actor: Actor, criteria: StatisticsFilter = StatisticsFilter(), zone: tzinfo = UTC
) -> Statistics:
    """Return figures for the tickets in the actor's lists, by week and by each filter.

    Weeks begin on Monday in ``zone``. Raises `NotAllowed` if the actor is not staff.
    """
    if not actor.is_staff:
        raise NotAllowed
    now, conditions = utc_now(), listed_conditions(actor)
    by_status = group_by_status(*conditions) if conditions else read_totals().by_status
    oldest = _oldest_examined(conditions) if sum(by_status.values()) > EXAMINED_MAX else None
    days = _mondays(now.astimezone(zone).date(), criteria.weeks)
    starts = [midnight(day, zone) for day in days]
    tallies = count_tickets(starts, now, 0 if oldest is None else oldest.id, conditions)
    by_week = merge(tallies, "week", criteria.has)
    whole = Tally()
    for tally in by_week.values():
        whole.add(tally)
    if oldest is not None and criteria == StatisticsFilter(criteria.weeks):
        _add_older(whole, by_status)
    # Each list ignores its own filter, so that its rows can be compared.
    departments = _largest(_by(tallies, "department", criteria), criteria.department)
    assignees = _largest(_by(tallies, "assignee", criteria), criteria.assigned_to)
    names = get_user_names(assignees.keys(), actor)
    return Statistics(
        weeks=[Week(day, by_week[week].figures()) for week, day in enumerate(days, 1)],
        whole=whole.figures(),
        ages=_ages(whole),
        by_status=by_status,
        departments=[Group(key, key, tally.figures()) for key, tally in departments.items()],
        assignees=[
            Group(key, None if key is None else names.get(key, name_of(None)), tally.figures())
            for key, tally in assignees.items()
        ],
        priorities=_by_priority(tallies, criteria),
        examined=None if oldest is None else EXAMINED_MAX,
        examined_since=None if oldest is None else oldest.created_at,
    )


def _by(
    tallies: Mapping[Place, Tally], name: str, criteria: StatisticsFilter
) -> defaultdict[Any, Tally]:
    return merge(tallies, name, lambda place: criteria.has(place, besides=name))


def _by_priority(tallies: Mapping[Place, Tally], criteria: StatisticsFilter) -> list[Group]:
    found = _by(tallies, "priority", criteria)
    return [
        Group(each.value, priority_label(each), found[each].figures())
        for each in reversed(TicketPriority)
    ]


def _oldest_examined(conditions: list[ColumnElement[bool]]) -> Any | None:
    ticket = current_tickets.models.Ticket.__table__.c
    query = select(ticket.id, ticket.created_at).where(*conditions).order_by(ticket.id.desc())
    return run(query.offset(EXAMINED_MAX - 1).limit(1)).one_or_none()


def _ages(whole: Tally) -> list[Age]:
    return [
        Age(end, {status: whole.open[age, status] for status in OPEN_STATUSES})
        for age, end in enumerate((*AGES, None))
    ]


def _mondays(today: date, count: int) -> list[date]:
    """Return the Mondays of the last ``count`` weeks, oldest first."""
    monday = today - timedelta(days=today.weekday())
    return [monday - timedelta(weeks=back) for back in reversed(range(count))]


def _add_older(whole: Tally, by_status: Mapping[TicketStatus, int]) -> None:
    """Increase the oldest age group by the number of open tickets not examined (N3)."""
    for status in OPEN_STATUSES:
        examined = sum(count for key, count in whole.open.items() if key[1] == status)
        whole.open[len(AGES), status] += max(by_status[status] - examined, 0)


def _largest(tallies: Mapping[Any, Tally], filtered: Any) -> dict[Any, Tally]:
    """Return the groups with the highest counts, plus the one selected by the filter."""
    keys = sorted(tallies, key=lambda key: (-tallies[key].size, str(key)))[:GROUPS_MAX]
    if filtered is not None and filtered not in keys:
        keys.append(filtered)
    return {key: tallies[key] for key in keys}
