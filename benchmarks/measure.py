"""Measure contestants in turn (A B C A B C …), so that what disturbs one disturbs all."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import click
from sqlalchemy import event

from .contestant import Contestant

_BLOCKS = 5
_COLLECT_EVERY = 20


@dataclass(frozen=True)
class Effort:
    """How long to measure: rounds, and the seconds that one contestant may take of them."""

    rounds: int = 200
    seconds: float = 20.0
    rounds_min: int = 3
    warm_ups: int = 5


@dataclass
class Timing:
    """What one contestant took, in seconds, round by round."""

    seconds: list[float] = field(default_factory=list)
    statements: int | None = None
    #: Bytes of the answer.
    size: int = 0

    @property
    def median(self) -> float:
        """The median, in milliseconds."""
        return statistics.median(self.seconds) * 1000

    @property
    def spread(self) -> tuple[float, float]:
        """The quartiles, in milliseconds."""
        if len(self.seconds) < 2:
            return self.median, self.median
        low, _, high = statistics.quantiles(self.seconds, n=4)
        return low * 1000, high * 1000


@dataclass(frozen=True)
class Ratio:
    """A quotient of two medians, and the least and most of it among parts of the run."""

    value: float
    low: float
    high: float


def ratio_of(above: Sequence[Timing], below: Sequence[Timing]) -> Ratio:
    """Return the sum of the medians of ``above`` by that of ``below``; rounds are paired."""
    rounds = min(len(timing.seconds) for timing in (*above, *below))
    size = max(1, -(-rounds // _BLOCKS))
    parts = [slice(start, start + size) for start in range(0, rounds, size)]
    quotients = [_sum(above, part) / _sum(below, part) for part in parts]
    whole = _sum(above, slice(rounds)) / _sum(below, slice(rounds))
    return Ratio(whole, min(quotients), max(quotients))


def measure(contestants: Sequence[Contestant], effort: Effort, label: str) -> dict[str, Timing]:
    """Run all contestants in turn and return the timing of each by its name."""
    timings = {each.name: warm_up(each, effort.warm_ups) for each in contestants}
    spent = dict.fromkeys(timings, 0.0)
    rounds = range(effort.rounds)
    gc.collect()
    gc.freeze()
    with click.progressbar(rounds, label=f"  {label}: {len(contestants)} in turn") as bar:
        for number in bar:
            if number % _COLLECT_EVERY == 0:
                gc.collect()
            for contestant in contestants:
                name = contestant.name
                if spent[name] < effort.seconds * (3 if number < effort.rounds_min else 1):
                    start = time.perf_counter()
                    contestant.run()
                    took = time.perf_counter() - start
                    spent[name] += took
                    timings[name].seconds.append(took)
    gc.unfreeze()
    return timings


def warm_up(contestant: Contestant, times: int) -> Timing:
    """Run a contestant so many times, but not for long; return what is told without a clock."""
    timing, start = Timing(), time.perf_counter()
    engine = contestant.statements
    for _ in range(times):
        with counted(engine) as statements:
            timing.size = len(contestant.run())
        timing.statements = len(statements)
        if time.perf_counter() - start > 2:
            break
    if engine is None or isinstance(engine, int):
        timing.statements = engine
    return timing


@contextmanager
def counted(engine: Any) -> Any:
    """Yield a list that gets every SQL statement that ``engine`` sends."""
    statements: list[str] = []
    if engine is None or isinstance(engine, int):  # not SQLAlchemy's
        yield statements
        return

    def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _sum(timings: Sequence[Timing], part: slice) -> float:
    return sum(statistics.median(timing.seconds[part]) for timing in timings)
