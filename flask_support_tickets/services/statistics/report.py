"""Read the statistics for a filter in a few statements (rules N2 and N3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any

from ...actor import Actor, name_of
from ...errors import NotAllowed
from ...models import utc_now
from ..tickets.counters import read_totals
from ..user_names import get_user_names
from . import queries
from .aggregation import ANYBODY, Chosen, Counts, Tally
from .results import Group, Statistics, Week
from .weeks import Weeks

#: The most departments, and assignees, that are told apart.
GROUPS_MAX = 20


@dataclass(frozen=True)
class StatisticsFilter:
    """Which tickets are counted, over how many weeks; the running week is one of them."""

    weeks: int = 12
    department: str | None = None
    assigned_to: Any = None
    is_unassigned: bool = False

    @property
    def assignee(self) -> object:
        """Whose tickets are counted: somebody's, nobody's (None), or `ANYBODY`'s."""
        if self.assigned_to is None and not self.is_unassigned:
            return ANYBODY
        return self.assigned_to


def read_statistics(
    *, actor: Actor, criteria: StatisticsFilter = StatisticsFilter(), zone: tzinfo = UTC
) -> Statistics:
    """Return figures of all tickets, by week, department and assignee.

    Weeks begin on Monday in ``zone``. Raises `NotAllowed` for whoever is not staff.
    """
    if not actor.is_staff:
        raise NotAllowed
    weeks = Weeks(utc_now(), criteria.weeks, zone)
    totals = read_totals()
    is_cut = totals.of(()) > queries.EXAMINED_MAX
    oldest = queries.find_oldest() if is_cut else None
    rows = queries.read_rows(weeks.starts[0], oldest.id if oldest is not None else 0)
    starts = [queries.as_stored(moment) for moment in weeks.starts]
    counts = Counts(rows, starts, queries.as_stored(weeks.now))
    chosen = counts.choose(criteria.department, criteria.assignee)
    if oldest is not None and criteria.department is None and criteria.assignee is ANYBODY:
        chosen.add_old(totals.by_status)
    return Statistics(
        weeks=[
            Week(day, tally.figures()) for day, tally in zip(weeks.days, chosen.weeks, strict=True)
        ],
        whole=chosen.whole.figures(),
        ages=chosen.by_age(),
        by_status=totals.by_status,
        departments=[
            Group(key, key, chosen.departments[key].figures())
            for key in _largest(chosen.departments, criteria.department)
        ],
        assignees=_assignees(chosen, criteria.assigned_to, actor),
        examined=queries.EXAMINED_MAX if oldest is not None else None,
        examined_since=oldest.created_at if oldest is not None else None,
    )


def _assignees(chosen: Chosen, wanted: Any, actor: Actor) -> list[Group]:
    keys = _largest(chosen.assignees, wanted)
    names = get_user_names(keys, actor)
    return [
        Group(
            key,
            None if key is None else names.get(key, name_of(None)),
            chosen.assignees[key].figures(),
        )
        for key in keys
    ]


def _largest(tallies: Mapping[Any, Tally], wanted: Any) -> list[Any]:
    """Return the keys with the most tickets, and the one that was asked for."""
    keys = sorted(tallies, key=lambda key: (-tallies[key].size, str(key)))[:GROUPS_MAX]
    return keys if wanted is None or wanted in keys else [*keys, wanted]
