"""Compute the SVG charts for the statistics page.

Horizontal coordinates are percentages and vertical ones are pixels, so that a chart fills its frame
without stretching its text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, count
from math import ceil
from typing import Any, NamedTuple

from ..actor import Actor
from ..current import current_tickets
from ..i18n import gettext
from ..models import OPEN_STATUSES
from ..schemas.fields import NOBODY
from ..services import StatisticsFilter
from ..services.statistics.results import Age, Statistics, Times, Week
from .formatting import DAY, HOUR, MINUTE, Formatter

#: The margin above the plot area and the height of the plot area, in pixels.
TOP, HEIGHT = 12, 176
#: The maximum number of labels in large, medium and small frames.
_LABELS = {"l": 13, "m": 6, "s": 4}
#: The maximum number of intervals between grid lines.
_INTERVALS_MAX = 4
_UNDER_A_DAY = (
    *(MINUTE * number for number in (1, 2, 5, 10, 15, 30)),
    *(HOUR * number for number in (1, 2, 3, 6, 12)),
)


class Line(NamedTuple):
    """A horizontal grid line."""

    y: float
    text: str


class Label(NamedTuple):
    """A week's label, shown only in frames of certain sizes."""

    x: float
    text: str
    sizes: Sequence[str]


class Bar(NamedTuple):
    """A column, or a segment of a row."""

    kind: str
    x: float
    width: float
    value: int
    y: float = 0
    height: float = 24


class Point(NamedTuple):
    """A value in a line chart; ``before`` is the previous week's point, if there is one."""

    kind: str
    x: float
    y: float
    value: float
    before: Point | None


class Chart(NamedTuple):
    """A weekly chart with bars or points."""

    lines: Sequence[Line]
    labels: Sequence[Label]
    bars: Sequence[Bar] = ()
    points: Sequence[Point] = ()


class Row(NamedTuple):
    """A row in the age chart; its total is shown at ``end``."""

    age: Age
    y: float
    bars: Sequence[Bar]
    total: int
    end: float


def statistics_context(
    found: Statistics, criteria: StatisticsFilter, actor: Actor, formatter: Formatter
) -> dict[str, Any]:
    """Return the template variables for the filters, the figures and the charts."""
    assignee = NOBODY if criteria.is_unassigned else criteria.assigned_to
    return {
        "found": found,
        "chosen": {
            "department": criteria.department,
            "assignedTo": "" if assignee is None else str(assignee),
            "priority": "" if criteria.priority is None else str(criteria.priority),
        },
        "choices": _filter_choices(found, actor),
        "open_counts": {
            status.name: sum(age.by_status[status] for age in found.ages)
            for status in OPEN_STATUSES
        },
        "flow": columns_of(found.weeks, formatter),
        "ages": rows_of(found.ages),
        "replies": points_of(found.weeks, lambda week: week.figures.first_reply, formatter),
        "resolutions": points_of(found.weeks, lambda week: week.figures.resolution, formatter),
        "age_group_text": _age_group_text,
        "plot": {"top": TOP, "bottom": TOP + HEIGHT},
    }


def _filter_choices(found: Statistics, actor: Actor) -> dict[str, list[Any]]:
    """Return the filter choices: departments, and the keys and names of assignees."""
    departments = {group.key for group in found.departments if group.key is not None}
    departments.update(current_tickets.config.departments or ())
    others = {
        group.key: group.name for group in found.assignees if group.key not in (None, actor.id)
    }
    return {
        "departments": sorted(departments, key=str.casefold),
        "assignees": sorted(others.items(), key=lambda item: str(item[1]).casefold()),
    }


def columns_of(weeks: Sequence[Week], formatter: Formatter) -> Chart:
    """Return a column chart of the tickets created and resolved each week."""
    highest = max(max(week.figures.created, week.figures.resolved) for week in weeks)
    top, lines = _scale(highest, _round_numbers(), formatter.number)
    width = 100 / len(weeks)
    bars = []
    for number, week in enumerate(weeks):
        for offset, kind in ((0.12, "created"), (0.52, "resolved")):
            value = getattr(week.figures, kind)
            x, y = width * (number + offset), _y(value, top)
            bars.append(Bar(kind, x, width * 0.36, value, y, TOP + HEIGHT - y))
    return Chart(lines, _labels(weeks, formatter), bars=bars)


def points_of(
    weeks: Sequence[Week], times_of: Callable[[Week], Times], formatter: Formatter
) -> Chart:
    """Return a line chart of the median and the 90th percentile for each week."""
    times = [times_of(week) for week in weeks]
    highest = max(each.ninetieth or 0 for each in times)
    steps = chain(_UNDER_A_DAY, (DAY * number for number in _round_numbers()))
    top, lines = _scale(highest, steps, formatter.duration)
    points: list[Point] = []
    for kind in ("ninetieth", "median"):
        before = None
        for number, each in enumerate(times):
            value, x = getattr(each, kind), 100 / len(weeks) * (number + 0.5)
            before = None if value is None else Point(kind, x, _y(value, top), value, before)
            if before:
                points.append(before)
    return Chart(lines, _labels(weeks, formatter), points=points)


def rows_of(ages: Sequence[Age]) -> list[Row]:
    """Return a stacked bar chart of open tickets by age; the longest row is 85% wide."""
    totals = [sum(age.by_status.values()) for age in ages]
    share = 85 / max(*totals, 1)
    rows = []
    for number, (age, total) in enumerate(zip(ages, totals, strict=True)):
        bars, x = [], 0.0
        for status, value in age.by_status.items():
            if value:
                bars.append(Bar(status.name, x, value * share, value))
                x += value * share
        rows.append(Row(age, 4 + 38 * number, bars, total, x))
    return rows


def _scale(
    highest: float, steps: Iterator[int], label: Callable[[int], str]
) -> tuple[int, list[Line]]:
    """Round ``highest`` up to the top of the scale, and return the top with the grid lines."""
    step = next(step for step in steps if highest <= step * _INTERVALS_MAX)
    top = step * max(ceil(highest / step), 1)
    values = range(0, top + 1, step)
    return top, [Line(_y(value, top), label(value) if value else "0") for value in values]


def _y(value: float, top: int) -> float:
    return TOP + HEIGHT * (1 - value / top)


def _round_numbers() -> Iterator[int]:
    return (digit * 10**power for power in count() for digit in (1, 2, 5))


def _labels(weeks: Sequence[Week], formatter: Formatter) -> list[Label]:
    """Return labels at regular intervals, always including one for the last week."""
    labels = []
    for back, week in enumerate(reversed(weeks)):
        sizes = [size for size, most in _LABELS.items() if back % ceil(len(weeks) / most) == 0]
        if sizes:
            x = 100 - 100 / len(weeks) * (back + 0.5)
            labels.append(Label(x, formatter.day(week.starts_on), sizes))
    return labels


def _age_group_text(age: Age) -> str:
    days = None if age.ends_at is None else age.ends_at.days
    return {
        1: gettext("Under 1 day"),
        3: gettext("1–3 days"),
        7: gettext("3–7 days"),
        28: gettext("1–4 weeks"),
        None: gettext("Over 4 weeks"),
    }[days]
