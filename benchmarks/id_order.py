"""In what order rows appear to a reader, while 16 writers commit them; for `benchmarks.ids`."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections import defaultdict
from typing import Any

import click

from .id_kinds import COMMENT, TICKET, WRITERS, Kind, writers

HOT_TICKETS = 8


class Watch:
    """Sees rows appear, and which of them have a smaller id than one that was there before."""

    def __init__(self) -> None:
        self.seen: set[Any] = set()
        self.highest: list[Any] = []
        self.at: list[float] = []
        self.late_ms: list[float] = []

    def look(self, ids: set[Any]) -> None:
        """Take in the rows that are there now."""
        now, new = time.monotonic(), ids - self.seen
        for each in new:
            first = bisect_right(self.highest, each)
            if first < len(self.highest):
                self.late_ms.append((now - self.at[first]) * 1_000)
        if new and (not self.highest or max(new) > self.highest[-1]):
            self.highest.append(max(new))
            self.at.append(now)
        self.seen |= new


def measure_order(kind: Kind, uri: str, seconds: float) -> None:
    """Print how many tickets, and comments within one ticket, appeared after one with a larger id.

    Writers file tickets and comment on eight hot ones in turn. A comment locks its ticket first, as
    the product does.
    """
    kind.make_tables(uri)
    hot = []
    with kind.connect(uri) as link:
        sql, ids = kind.statement(TICKET, 0)
        hot = [link.execute(sql, ids()).fetchone()[0] for _ in range(HOT_TICKETS)]
        of_tickets, of_comments = Watch(), defaultdict(Watch)
        with writers(kind, uri, seconds, _work(kind, hot)) as done:
            until = time.monotonic() + seconds + 1
            while time.monotonic() < until:
                of_tickets.look({each for (each,) in link.execute("SELECT id FROM ticket")})
                there = defaultdict(set)
                for ticket_id, each in link.execute("SELECT ticket_id, id FROM comment"):
                    there[ticket_id].add(each)
                for ticket_id in hot:
                    of_comments[ticket_id].look(there[ticket_id])
    click.echo(f"| {kind.name} | {sum(done) / seconds:.0f} units a second |")
    for name, watches in (("tickets", [of_tickets]), ("in a ticket", of_comments.values())):
        late = sorted(ms for watch in watches for ms in watch.late_ms)
        rows = sum(len(watch.seen) for watch in watches)
        worst = f", {late[len(late) // 2]:.0f} ms, at most {late[-1]:.0f} ms" if late else ""
        click.echo(f"| {kind.name} | {name}: {len(late)} late of {rows}{worst} |")


def _work(kind: Kind, hot: list[Any]) -> Any:
    def work(link: Any, worker: int) -> Any:
        file, ticket_ids = kind.statement(TICKET, worker)
        write, comment_ids = kind.statement(COMMENT, worker + WRITERS)
        numbers = iter(range(worker, 1 << 30))

        def act() -> None:
            number = next(numbers)
            with link.transaction():
                if number % 2:
                    ticket_id = link.execute(file, ticket_ids()).fetchone()[0]
                else:
                    ticket_id = hot[number // 2 % len(hot)]
                    lock = "UPDATE ticket SET version = version + 1 WHERE id = %s"
                    link.execute(lock, [ticket_id])
                link.execute(write, [*comment_ids(), ticket_id])

        return act

    return work
