"""Coordinates for the SVG charts of the statistics page.

Horizontal positions are per cent of the width, vertical ones are pixels, so that a chart fills its
frame and its text keeps its size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, count
from math import ceil
from typing import NamedTuple

from ..services.statistics.results import Age, Times, Week
from ..web.formatting import DAY, HOUR, MINUTE, Formatter

#: Pixels from the top of a chart to its highest line, and from there to its lowest.
TOP, HEIGHT = 12, 176
#: The most labels of weeks in a large, medium and small frame.
_LABELS = {"l": 13, "m": 6, "s": 4}
#: The most distances between lines.
_LINES_MAX = 4
_UNDER_A_DAY = (
    *(MINUTE * number for number in (1, 2, 5, 10, 15, 30)),
    *(HOUR * number for number in (1, 2, 3, 6, 12)),
)


class Line(NamedTuple):
    """A horizontal line with its value."""

    y: float
    text: str


class Label(NamedTuple):
    """A week below a chart; ``sizes`` are those of the frames in which it is shown."""

    x: float
    text: str
    sizes: Sequence[str]


class Bar(NamedTuple):
    """A column, or a part of a row."""

    kind: str
    x: float
    width: float
    value: int
    y: float = 0
    height: float = 24


class Point(NamedTuple):
    """A value of a series; ``before`` is the point of the week before, to draw a line from."""

    kind: str
    x: float
    y: float
    value: float
    before: Point | None


class Chart(NamedTuple):
    """A chart by weeks: bars or points in front of lines."""

    lines: Sequence[Line]
    labels: Sequence[Label]
    bars: Sequence[Bar] = ()
    points: Sequence[Point] = ()


class Row(NamedTuple):
    """A row of the chart of ages; its total is written at ``end``."""

    age: Age
    y: float
    bars: Sequence[Bar]
    total: int
    end: float


def columns_of(weeks: Sequence[Week], formatter: Formatter) -> Chart:
    """Return the tickets that were created and resolved in each week, side by side."""
    highest = max(max(week.figures.created, week.figures.resolved) for week in weeks)
    top, lines = _scale(highest, _round_numbers(), formatter.number)
    width = 100 / len(weeks)
    bars = []
    for number, week in enumerate(weeks):
        for place, kind in enumerate(("created", "resolved")):
            value = getattr(week.figures, kind)
            x, y = width * (number + 0.12 + 0.4 * place), _y(value, top)
            bars.append(Bar(kind, x, width * 0.36, value, y, TOP + HEIGHT - y))
    return Chart(lines, _labels(weeks, formatter), bars=bars)


def points_of(
    weeks: Sequence[Week], times_of: Callable[[Week], Times], formatter: Formatter
) -> Chart:
    """Return the median and the 90th percentile of each week that has any."""
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
    """Return the open tickets by age, one row each; the longest takes 85 %."""
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
    highest: float, steps: Iterator[int], write: Callable[[int], str]
) -> tuple[int, list[Line]]:
    """Return the first round number that is not below ``highest``, and lines from 0 up to it."""
    step = next(step for step in steps if highest <= step * _LINES_MAX)
    top = step * max(ceil(highest / step), 1)
    values = range(0, top + 1, step)
    return top, [Line(_y(value, top), write(value) if value else "0") for value in values]


def _y(value: float, top: int) -> float:
    return TOP + HEIGHT * (1 - value / top)


def _round_numbers() -> Iterator[int]:
    return (digit * 10**power for power in count() for digit in (1, 2, 5))


def _labels(weeks: Sequence[Week], formatter: Formatter) -> list[Label]:
    """Return the weeks' labels, counted back from the last one."""
    labels = []
    for back, week in enumerate(reversed(weeks)):
        sizes = [size for size, most in _LABELS.items() if back % ceil(len(weeks) / most) == 0]
        if sizes:
            x = 100 - 100 / len(weeks) * (back + 0.5)
            labels.append(Label(x, formatter.day(week.starts_on), sizes))
    return labels
