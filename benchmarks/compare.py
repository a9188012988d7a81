"""Compare two checkouts of our package in pairs: ``python -m benchmarks.compare ../other``.

Each checkout runs in its own process on its own database with the same rows. The benchmarks of this
checkout send requests to both, alternating.
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path

import click

from .databases import KINDS, open_databases
from .measure import Effort, measure, ratios
from .tasks import Task
from .worker import ROOT, Worker

_TASKS = (Task.LIST, Task.QUEUE, Task.THREAD)
#: Requests to compare with the first page of the queue.
_OTHERS = (Task.QUEUE_LAST, Task.QUEUE_STATUS, Task.DESK, Task.DESK_FILTER)


@click.command()
@click.argument("other", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--tickets", type=click.IntRange(500), default=10_000, show_default=True)
@click.option("--database", "kind", type=click.Choice(KINDS), default="sqlite", show_default=True)
@click.option("--rounds", type=click.IntRange(5), default=200, show_default=True)
def main(other: Path, tickets: int, kind: str, rounds: int) -> None:
    """Measure this checkout and OTHER, signed in, and print the ratios.

    Below 1.00, this checkout is faster. The range is the interquartile range of all pairs. The
    last lines compare other requests to this checkout with the first page of its queue.
    """
    with ExitStack() as stack:
        create_database = stack.enter_context(open_databases(kind))
        workers = [
            stack.enter_context(
                closing(Worker("ours", create_database(name), tickets, path.resolve()))
            )
            for name, path in (("here", ROOT), ("other", other))
        ]
        click.echo(f"{'request':<24}{'here':>10}{'other':>10}{'here/other':>12}"
                   f"{'range':>14}{'CPU':>8}{'SQL':>8}")  # fmt: skip
        for task in _TASKS:
            here, there = measure(workers, task, Effort(rounds, seconds=float("inf")))
            wall, cpu = ratios(here.seconds, there.seconds), ratios(here.cpu, there.cpu)
            middle, quarter = rounds // 2, rounds // 4
            click.echo(
                f"{task:<24}{here.median_ms:>7.2f} ms{there.median_ms:>7.2f} ms"
                f"{wall[middle]:>12.3f}{wall[quarter]:>8.2f}–{wall[-quarter]:.2f}"
                f"{cpu[middle]:>9.3f}{here.statements:>4}/{there.statements}"
            )
        for task in _OTHERS:
            first, other_page = _measure_in_turn(workers[0], (Task.QUEUE, task), rounds)
            middle = ratios(other_page, first)[rounds // 2]
            click.echo(f"{task:<32}{middle:>6.3f} × page 1")


def _measure_in_turn(worker: Worker, tasks: tuple[Task, Task], rounds: int) -> list[list[float]]:
    """Send two requests alternately, and return the seconds that each took."""
    seconds: list[list[float]] = [[], []]
    for _ in range(rounds):
        for task, found in zip(tasks, seconds, strict=True):
            found.append(worker.ask(task)["seconds"])
    return seconds


if __name__ == "__main__":
    main()
