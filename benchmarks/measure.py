"""Ask workers in turn (A B C A B C …), so that what disturbs one disturbs all."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from .worker import Worker

_WARM_UPS = 5
#: Rounds that even the slowest takes part in.
_ROUNDS_MIN = 5


@dataclass(frozen=True)
class Effort:
    """How often to measure: rounds, and seconds after which a slow contestant stops."""

    rounds: int = 100
    seconds: float = 10.0


@dataclass(frozen=True)
class Timing:
    """The seconds that a task took one contestant, by round."""

    seconds: list[float]
    cpu: list[float]
    statements: int

    @property
    def median_ms(self) -> float:
        """The median in milliseconds."""
        return statistics.median(self.seconds) * 1000


def ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Return the quotient of each pair, smallest first."""
    return sorted(a / b for a, b in zip(above, below, strict=False))


def measure(workers: Sequence[Worker], task: str, effort: Effort) -> list[Timing]:
    """Return the timing of each worker; the order changes from round to round."""
    timings = [_warm_up(worker, task) for worker in workers]
    turns = list(zip(workers, timings, strict=True))
    for number in range(effort.rounds):
        for worker, timing in turns:
            if number < _ROUNDS_MIN or sum(timing.seconds) < effort.seconds:
                answer = worker.ask(task)
                timing.seconds.append(answer["seconds"])
                timing.cpu.append(answer["cpu"])
        turns.reverse()
    return timings


def _warm_up(worker: Worker, task: str) -> Timing:
    spent = 0.0
    for _ in range(_WARM_UPS):
        spent += worker.ask(task)["seconds"]
        if spent > 1:
            break
    return Timing([], [], worker.ask(task, "statements")["statements"])
