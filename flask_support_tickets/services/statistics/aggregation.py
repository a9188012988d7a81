"""Compute the statistics from rows of tickets (rule N2)."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...models import TicketStatus
from .results import AGES, OPEN, Age, Figures, times_of

#: In place of an assignee: whoever it is, and nobody as well.
ANYBODY = object()


@dataclass(slots=True)
class Tally:
    """Figures while they are counted."""

    created: int = 0
    open: int = 0
    first_replies: list[float] = field(default_factory=list)
    resolutions: list[float] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count what another tally has counted as well."""
        self.created += other.created
        self.open += other.open
        self.first_replies += other.first_replies
        self.resolutions += other.resolutions

    @property
    def size(self) -> int:
        """How much there is of everything."""
        return self.created + self.open + len(self.first_replies) + len(self.resolutions)

    def figures(self) -> Figures:
        """Return what was counted."""
        return Figures(
            created=self.created,
            resolved=len(self.resolutions),
            open=self.open,
            first_reply=times_of(self.first_replies),
            resolution=times_of(self.resolutions),
        )


class Counts:
    """The tickets of some rows, counted by department, assignee and week, and by age.

    ``starts`` are the moments at which the weeks begin, and ``now`` is in the last one.
    """

    def __init__(self, rows: Iterable[Any], starts: Sequence[datetime], now: datetime) -> None:
        self._week_count = len(starts)
        self._tallies: defaultdict[tuple[Any, Any, int], Tally] = defaultdict(Tally)
        self._open: Counter[tuple[Any, Any, int, int]] = Counter()
        tallies, since = self._tallies, starts[0]
        for status, created, replied, resolved, department, assignee in rows:
            if created >= since:
                week = bisect_right(starts, created)
                tallies[department, assignee, week].created += 1
            if replied is not None and replied >= since:
                week = bisect_right(starts, replied)
                tallies[department, assignee, week].first_replies.append(_seconds(created, replied))
            if resolved is not None and resolved >= since:
                week = bisect_right(starts, resolved)
                tallies[department, assignee, week].resolutions.append(_seconds(created, resolved))
            if status in OPEN:
                age = bisect_right(AGES, now - created)
                self._open[department, assignee, age, status] += 1
        for (department, assignee, _, _), count in self._open.items():
            tallies[department, assignee, 0].open += count

    def choose(self, department: str | None, assignee: Any) -> Chosen:
        """Return what there is of a department (None is any) and of an assignee (None is nobody).

        The departments are those of the assignee's tickets, and the assignees those of the
        department's, so that a reader can compare one with the others.
        """
        chosen = Chosen([Tally() for _ in range(self._week_count)])
        for (its_department, its_assignee, week), tally in self._tallies.items():
            is_theirs = assignee is ANYBODY or its_assignee == assignee
            is_here = department is None or its_department == department
            if is_theirs:
                chosen.departments[its_department].add(tally)
            if is_here:
                chosen.assignees[its_assignee].add(tally)
            if is_here and is_theirs:
                chosen.whole.add(tally)
                if week:
                    chosen.weeks[week - 1].add(tally)
        for (its_department, its_assignee, age, status), count in self._open.items():
            if department in (None, its_department) and assignee in (ANYBODY, its_assignee):
                chosen.ages[age][TicketStatus(status)] += count
        return chosen


@dataclass
class Chosen:
    """What was counted of a department and an assignee."""

    weeks: list[Tally]
    whole: Tally = field(default_factory=Tally)
    ages: list[dict[TicketStatus, int]] = field(
        default_factory=lambda: [dict.fromkeys(OPEN, 0) for _ in range(len(AGES) + 1)]
    )
    departments: defaultdict[str | None, Tally] = field(default_factory=lambda: defaultdict(Tally))
    assignees: defaultdict[Any, Tally] = field(default_factory=lambda: defaultdict(Tally))

    def add_old(self, by_status: Mapping[TicketStatus, int]) -> None:
        """Count the open tickets that there was no row for: they are of the greatest age."""
        for status in OPEN:
            unseen = by_status[status] - sum(age[status] for age in self.ages)
            self.ages[-1][status] += max(unseen, 0)
        self.whole.open = sum(sum(age.values()) for age in self.ages)

    def by_age(self) -> list[Age]:
        """Return the open tickets by their age."""
        ends = (*AGES, None)
        return [Age(end, counts) for end, counts in zip(ends, self.ages, strict=True)]


def _seconds(start: datetime, end: datetime) -> float:
    """Return how long it took; rows that a host imported may end before they start."""
    return max((end - start).total_seconds(), 0.0)
