"""Measure everything, and write `RESULTS.md`.

``python -m benchmarks.run --tickets 1000000``; ``--small`` is what ``make bench`` runs.
"""

from __future__ import annotations

import shlex
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import click

from . import checks, ours, overhead
from .arena import Arena
from .databases import Database, has_mariadb, open_database
from .figures import RACES
from .http_writes import comment_loads, loads_without, race_for_tickets
from .insert_cost import insert_cost
from .measure import Effort, measure
from .memory import memory_of
from .report import figure_table, write_report
from .results import Results
from .scale import Scale
from .switches import has_part

RESULTS = Path(__file__).with_name("RESULTS.md")
#: Of so many tickets, one is New.
_TICKETS_FOR_A_NEW_ONE = 60


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    tickets: int = 1_000_000
    effort: Effort = field(default_factory=Effort)
    host_rounds: int = 5_000
    load_rounds: int = 5
    load_seconds: float = 5.0
    racing_tickets: int = 1_000
    inserts: int = 1_000
    memory_requests: int = 10_000
    helpdesk_tickets: int = 100_000

    def __str__(self) -> str:
        return (
            f"{self.effort.rounds} rounds in turn, at most {self.effort.seconds:g} s a contestant; "
            f"writes over HTTP {self.load_rounds} × {self.load_seconds:g} s in turn; "
            f"{self.racing_tickets} tickets raced for; django-helpdesk with "
            f"{self.helpdesk_tickets:,} tickets"
        )


SMALL = Plan(
    tickets=5_000,
    effort=Effort(rounds=12, seconds=0.15, warm_ups=2),
    host_rounds=500,
    load_rounds=1,
    load_seconds=1.0,
    racing_tickets=20,
    inserts=60,
    memory_requests=300,
    helpdesk_tickets=500,
)


class Run:
    """One database, part by part."""

    def __init__(self, database: Database, plan: Plan, folder: Path) -> None:
        self.database, self.plan, self.folder = database, plan, folder
        self.results = Results(database.name, database.version(), plan.tickets)

    def reads(self) -> None:
        """Requests that only read, in turn."""
        arena = Arena(self.database)
        checks.check(arena, self.results)
        for label, group in ours.GROUPS.items():
            self.results.timings[label] = measure(group(arena), self.plan.effort, label)
        arena.close()

    def helpdesk(self) -> None:
        """django-helpdesk, beside our pages."""
        try:
            from .helpdesk import Helpdesk
        except ImportError as error:
            self.results.left_out["django-helpdesk"] = str(error)
            return
        helpdesk = Helpdesk(self.database, self.plan.helpdesk_tickets, self.folder)
        arena = Arena(self.database)
        theirs = helpdesk.contestants()
        page = f"{ours.ADMIN}{arena.fact('plain_id')}"
        mine = [
            arena.ask(ours.PAGE_1, ours.API),
            arena.ask(ours.ADMIN_1, ours.ADMIN),
            arena.ask("Flask-Admin page, thread of 20", page),
        ]
        timings = measure([*theirs, *mine], self.plan.effort, "django-helpdesk")
        for contestant in theirs:
            timings[contestant.name].statements = helpdesk.statements(contestant)
        self.results.timings["django-helpdesk"] = timings
        arena.close()
        helpdesk.close()

    def host(self) -> None:
        """Requests of the host that are not ours."""
        effort = Effort(self.plan.host_rounds, self.plan.effort.seconds)
        self.results.timings["host"] = overhead.host_requests(self.database, effort)

    def memory(self) -> None:
        """A process that serves many requests."""
        requests = self.plan.memory_requests
        found = memory_of(self.database.uri, requests)
        self.results.memory = found | {"requests": float(requests)}

    def comments(self) -> None:
        """Comments over HTTP."""
        copy = self.database.copy("writes")
        loads = comment_loads(copy, self.plan.load_rounds, self.plan.load_seconds)
        self.results.loads["POST comment"] = loads
        copy.remove()

    def counters(self) -> None:
        """Filing over HTTP with the counters and without."""
        if not has_part("counters"):
            self.results.left_out["cost of the counters"] = "This version has none."
            return
        plan = self.plan
        loads = loads_without(self.database, "counters", plan.load_rounds, plan.load_seconds)
        for what, by_name in loads.items():
            self.results.loads[f"POST {what}, counters"] = by_name

    def races(self) -> None:
        """Sixteen press Start Progress at once."""
        copy = self.database.copy("races")
        self.results.races = race_for_tickets(copy, self.plan.racing_tickets)
        copy.remove()

    def inserts(self) -> None:
        """Inserts with the search index and without, and its size."""
        self.results.insert = insert_cost(self.database, self.plan.inserts)
        if self.results.insert is None:
            self.results.left_out["cost of the search index"] = "This version has none."

    def go(self, only: Sequence[str]) -> Results:
        """Run the parts, or only some of them; one that fails does not take the others along."""
        for name in PARTS:
            if only and name not in only:
                continue
            try:
                timed(f"{self.database.name}: {name}", getattr(self, name))
            except Exception as error:
                traceback.print_exc()
                self.results.failed[name] = f"{type(error).__name__}: {error}"
        return self.results


PARTS = ("reads", "helpdesk", "host", "memory", "inserts", "comments", "counters", "races")


def timed(label: str, part: Callable[[], None]) -> None:
    """Run a part, and say what it is and how long it took."""
    click.echo(label)
    start = time.perf_counter()
    part()
    click.echo(f"  {time.perf_counter() - start:.0f} s")


def race_on_mariadb(plan: Plan, folder: Path) -> Results:
    """Race on a MariaDB database that holds as many tickets as that takes."""
    count = max(200, plan.racing_tickets * _TICKETS_FOR_A_NEW_ONE)
    with open_database("mariadb", folder, count) as database:
        database.prepare(Scale(count))
        results = Results(database.name, database.version(), count)
        results.races = race_for_tickets(database, plan.racing_tickets)
    return results


def run(plan: Plan, databases: Sequence[str], folder: Path, only: Sequence[str]) -> list[Results]:
    """Measure on each database in turn."""
    found = []
    for wanted in databases:
        with open_database(wanted, folder, plan.tickets) as database:
            database.prepare(Scale(plan.tickets))
            found.append(Run(database, plan, folder).go(only))
    if has_mariadb() and (not only or "races" in only):
        timed("MariaDB: races", lambda: found.append(race_on_mariadb(plan, folder)))
    return found


def _command(arguments: Sequence[str]) -> str:
    """Return how to run this again, without the places of this machine."""
    kept, places = ["python", "-m", "benchmarks.run"], ("--folder", "--output")
    for before, argument in pairwise(["", *arguments]):
        if before not in places and argument.partition("=")[0] not in places:
            kept.append("ADDRESS" if "://" in argument else argument)
    return shlex.join(kept)


@click.command()
@click.option("--tickets", type=click.IntRange(200), help="How many; 1,000,000 unless --small.")
@click.option("--database", "databases", multiple=True, help="sqlite, postgresql or an address.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where databases are kept.")
@click.option("--only", multiple=True, type=click.Choice(PARTS), help="Only these parts.")
@click.option("--small", is_flag=True, help="Little of everything; writes to a temporary place.")
@click.option("--rounds", type=click.IntRange(1), help="Rounds in turn.")
@click.option("--seconds", type=click.FloatRange(0.01), help="At most, for each contestant.")
@click.option("--output", type=click.Path(path_type=Path), help="Instead of RESULTS.md.")
def main(
    tickets: int | None,
    databases: tuple[str, ...],
    folder: Path | None,
    only: tuple[str, ...],
    small: bool,
    output: Path | None,
    **effort: float | None,
) -> None:
    """Measure, and write the results."""
    plan = SMALL if small else Plan()
    if tickets is not None:
        plan = replace(plan, tickets=tickets)
    given = {name: value for name, value in effort.items() if value is not None}
    plan = replace(plan, effort=replace(plan.effort, **given))
    wanted = databases or ("sqlite", "postgresql")
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="st-bench-") as passing:
        results = run(plan, wanted, folder or Path(passing), only)
    if output is None:
        output = Path(tempfile.mkdtemp(prefix="st-bench-")) / "RESULTS.md" if small else RESULTS
    output.write_text(write_report(results, _command(sys.argv[1:]), str(plan)), encoding="utf-8")
    click.echo(figure_table(results))
    click.echo(f"{output} after {time.perf_counter() - start:.0f} s")
    if any(each.failed for each in results):
        raise click.ClickException("Something does not work: see above.")
    if any(each.races is not None and not RACES.measure(each) for each in results):
        raise click.ClickException("A race had not exactly one winner.")


if __name__ == "__main__":
    main()
