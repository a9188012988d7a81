"""Coordinates for the SVG charts of the statistics page.

Horizontal positions are per cent of the width, vertical ones are pixels, so that a chart fills its
frame and its text keeps its size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from math import ceil

from ..services.statistics import Age, Times, Week
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


@dataclass(frozen=True)
class Line:
    """A line across, with what it stands for."""

    y: float
    text: str


@dataclass(frozen=True)
class Label:
    """A week below a chart; ``sizes`` are those of the frames in which it is shown."""

    x: float
    text: str
    sizes: Sequence[str]


@dataclass(frozen=True)
class Bar:
    """A column, or a part of a row."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    value: int


@dataclass(frozen=True)
class Point:
    """A value of a series; ``before`` is the value of the week before, to be joined with."""

    kind: str
    x: float
    y: float
    value: float
    before: Point | None


@dataclass(frozen=True)
class Chart:
    """A chart by weeks: columns or points in front of lines."""

    lines: Sequence[Line]
    labels: Sequence[Label]
    bars: Sequence[Bar] = ()
    points: Sequence[Point] = ()


@dataclass(frozen=True)
class Row:
    """A row of the chart of ages: its parts, and where the total is written."""

    age: Age
    y: float
    bars: Sequence[Bar]
    total: int
    end: float = field(default=0)


def columns_of(weeks: Sequence[Week], formatter: Formatter) -> Chart:
    """Return the tickets that were filed and resolved in each week, side by side."""
    highest = max(max(week.figures.created, week.figures.resolved) for week in weeks)
    scale = _Scale(highest, _round_numbers())
    width = 100 / len(weeks)
    bars = []
    for number, week in enumerate(weeks):
        for place, kind in enumerate(("created", "resolved")):
            value = getattr(week.figures, kind)
            x, y = width * (number + 0.12 + 0.4 * place), scale.y(value)
            bars.append(Bar(kind, x, y, width * 0.36, TOP + HEIGHT - y, value))
    return Chart(scale.lines(formatter.number), _labels(weeks, formatter), bars=bars)


def points_of(
    weeks: Sequence[Week], times_of: Callable[[Week], Times], formatter: Formatter
) -> Chart:
    """Return the median and the 90th percentile of each week that has any."""
    times = [times_of(week) for week in weeks]
    scale = _Scale(max(each.ninetieth or 0 for each in times), _round_durations())
    points: list[Point] = []
    for kind in ("ninetieth", "median"):
        before = None
        for number, each in enumerate(times):
            value = getattr(each, kind)
            if value is not None:
                x = 100 / len(weeks) * (number + 0.5)
                before = Point(kind, x, scale.y(value), value, before)
                points.append(before)
            else:
                before = None
    return Chart(scale.lines(formatter.duration), _labels(weeks, formatter), points=points)


def rows_of(ages: Sequence[Age]) -> list[Row]:
    """Return the open tickets by age, those of one age in a row; the longest takes 85 %."""
    totals = [sum(age.by_status.values()) for age in ages]
    share = 85 / max(*totals, 1)
    rows = []
    for number, (age, total) in enumerate(zip(ages, totals, strict=True)):
        y, x = 4 + 38 * number, 0.0
        bars = []
        for status, value in age.by_status.items():
            bars.append(Bar(status.name, x, y, value * share, 24, value))
            x += value * share
        rows.append(Row(age, y, [bar for bar in bars if bar.value], total, x))
    return rows


class _Scale:
    """From 0 up to the first round number that is not below ``highest``."""

    def __init__(self, highest: float, steps: Iterator[int]) -> None:
        self.step = next(step for step in steps if highest <= step * _LINES_MAX)
        self.count = max(ceil(highest / self.step), 1)

    def y(self, value: float) -> float:
        return TOP + HEIGHT * (1 - value / (self.step * self.count))

    def lines(self, write: Callable[[int], str]) -> list[Line]:
        values = [self.step * number for number in range(self.count + 1)]
        return [Line(self.y(value), write(value) if value else "0") for value in values]


def _round_numbers() -> Iterator[int]:
    return (digit * 10**power for power in count() for digit in (1, 2, 5))


def _round_durations() -> Iterator[int]:
    return chain(_UNDER_A_DAY, (DAY * number for number in _round_numbers()))


def _labels(weeks: Sequence[Week], formatter: Formatter) -> list[Label]:
    """Return the weeks' labels, counted back from the last one."""
    labels = []
    for back, week in enumerate(reversed(weeks)):
        sizes = [size for size, most in _LABELS.items() if back % -(-len(weeks) // most) == 0]
        if sizes:
            x = 100 - 100 / len(weeks) * (back + 0.5)
            labels.append(Label(x, formatter.day(week.starts_on), sizes))
    return labels
