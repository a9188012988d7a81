"""Measure all contestants side by side and print a table for each database.

``python -m benchmarks.run --tickets 10000 --tickets 100000 --output benchmarks/RESULTS.md``
"""

from __future__ import annotations

import os
import platform
import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path

import click

from .databases import KINDS, open_databases
from .measure import Effort, Timing, measure, ratios
from .tasks import Task
from .worker import Worker

#: Titles of the columns, by module; ours is first, because it creates and fills the tables.
CONTESTANTS = {
    "ours": "ours",
    "floor": "floor",
    "idiomatic": "idiomatic",
    "stock": "stock Flask-Admin",
    "helpdesk": "django-helpdesk",
}
_PACKAGES = (
    *("Flask", "Flask-Admin", "Flask-SQLAlchemy", "SQLAlchemy", "marshmallow", "orjson"),
    *("psycopg", "Django", "django-helpdesk"),
)
_LEGEND = """\
Written by `python -m benchmarks.run`; `docs/benchmarks.md` says what is compared and how.

**ours** is the median in milliseconds; the others are the median of (theirs / ours) in the same
round: 4.0 × takes four times as long as ours. In brackets: SQL statements. – is not offered.

The run itself is a load of 1. Where the load is higher, the machine was shared, and long requests
were interrupted more often than short ones."""

#: By task, then by contestant.
Results = dict[Task, dict[str, Timing]]


def start_workers(uri: str, tickets: int, stack: ExitStack) -> list[Worker]:
    """Start everybody on one database; django-helpdesk only if it is installed."""
    workers = []
    for name in CONTESTANTS:
        if name != "helpdesk" or find_spec("helpdesk") is not None:
            start = time.perf_counter()
            workers.append(stack.enter_context(closing(Worker(name, uri, tickets))))
            click.echo(f"  {name} is ready after {time.perf_counter() - start:.0f} s", err=True)
    return workers


def measure_all(workers: list[Worker], effort: Effort) -> Results:
    """Measure every task; the one that writes is the last."""
    results: Results = {}
    for task in Task:
        able = [worker for worker in workers if task in worker.tasks]
        timings = measure(able, task, effort)
        names = [worker.contestant for worker in able]
        results[task] = dict(zip(names, timings, strict=True))
        click.echo(f"  {task}: {results[task]['ours'].median_ms:.2f} ms", err=True)
    return results


def format_table(results: Results) -> str:
    """Return a table of all tasks, as Markdown."""
    lines = [
        f"| request | {' | '.join(CONTESTANTS.values())} |",
        "|---|" + "---:|" * len(CONTESTANTS),
    ]
    for task, timings in results.items():
        cells = [_format_cell(timings.get(name), timings["ours"]) for name in CONTESTANTS]
        lines.append(f"| {task} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _format_cell(timing: Timing | None, ours: Timing) -> str:
    if timing is None:
        return "–"
    if timing is ours:
        return f"{ours.median_ms:.2f} ms ({ours.statements})"
    found = ratios(timing.seconds, ours.seconds)
    middle = found[len(found) // 2]
    number = f"{middle:.2g}" if middle < 100 else f"{middle:,.0f}"
    return f"{number} × ({timing.statements})"


def describe_machine() -> str:
    """Return what the figures depend on."""
    versions = {each.name: each.version for each in distributions()}
    found = [f"{name} {versions[name]}" for name in _PACKAGES if name in versions]
    python = f"Python {platform.python_version()}"
    return f"{datetime.now(UTC):%Y-%m-%d}; {', '.join([python, *found])}; {os.cpu_count()} cores."


@click.command()
@click.option("--tickets", "sizes", type=click.IntRange(500), multiple=True, default=[10_000])
@click.option("--database", "kinds", type=click.Choice(KINDS), multiple=True, default=KINDS)
@click.option("--rounds", type=click.IntRange(5), default=Effort.rounds, show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="A Markdown file to write.")
def main(sizes: tuple[int, ...], kinds: tuple[str, ...], rounds: int, output: Path | None) -> None:
    """Compare the contestants; 10,000 tickets take some minutes."""
    parts = ["# Results", describe_machine(), _LEGEND]
    for tickets in sizes:
        for kind in kinds:
            click.echo(f"{kind}, {tickets:,} tickets", err=True)
            with ExitStack() as stack:
                uri = stack.enter_context(open_databases(kind))("benchmarks")
                results = measure_all(start_workers(uri, tickets, stack), Effort(rounds))
            load = f"Load average of the last 5 minutes: {os.getloadavg()[1]:.1f}."
            parts += [f"## {kind}, {tickets:,} tickets", format_table(results), load]
            click.echo("\n\n".join(parts[-3:]) + "\n")
    if output is not None:
        output.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
