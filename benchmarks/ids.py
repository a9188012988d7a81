"""Ids from a sequence or made by the app: what they cost, and in what order their rows appear.

``python -m benchmarks.ids`` takes some minutes, on a PostgreSQL of its own; ADR 0013 tells why.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from functools import partial
from itertools import count, cycle
from pathlib import Path
from typing import Any

import click
from sqlalchemy import text

from flask_support_tickets.models.counter import BLOCK_SIZE
from flask_support_tickets.services.counters import find_block, read_totals

from .databases import open_database
from .host import create_app, db
from .id_kinds import BOTH, Kind, snowflake, uuid7, writers
from .id_order import measure_order

COST = [Kind("sequence"), Kind("64 bits by the app", snowflake), Kind("UUIDv7 by the app", uuid7)]
ORDER = [
    COST[0],
    Kind("sequence, each connection keeps 100", kept=100),
    *COST[1:],
    Kind("64 bits by the app, clocks 20 ms apart", snowflake, behind_ms=20),
]
PAGES = {
    "page of tickets": "SELECT * FROM ticket WHERE status = 3 ORDER BY id DESC LIMIT 20",
    "thread": "SELECT * FROM comment WHERE ticket_id = %s AND root_id IS NULL ORDER BY id LIMIT 50",
}
SIZES = """SELECT sum(pg_table_size(c.oid)) / 1e6, sum(pg_indexes_size(c.oid)) / 1e6
 FROM pg_class c WHERE relkind = 'r' AND relnamespace = %s::regnamespace"""
COUNTERS = """INSERT INTO support_ticket_counter
 SELECT n, 0, 0, 0, 0, :each, :each FROM generate_series(1, :blocks) n"""


def fill(kind: Kind, uri: str, number: int) -> Any:
    """Make tickets, each with three comments, one every millisecond; return one in the middle."""
    moment = count(1_700_000_000_000)
    make = kind.maker(1, lambda: next(moment)) if kind.maker else partial(next, count(1))
    ids = [[make() for _ in range(4)] for _ in range(number)]
    with kind.connect(uri) as link, link.cursor() as cursor:
        with cursor.copy("COPY ticket FROM STDIN") as copy:
            for place, (own, *_) in enumerate(ids):
                copy.write_row((own, place % 5_000, 3 if place % 20 else 0, 1, "It does not work"))
        with cursor.copy("COPY comment FROM STDIN") as copy:
            for own, *others in ids:
                for other in others:
                    copy.write_row((other, own, None, "Nothing happens, and then it happens."))
        if kind.maker is None:
            cursor.execute("SELECT setval('ids', %s)", [4 * number])
        cursor.execute("VACUUM ANALYZE ticket, comment")
        cursor.execute("CHECKPOINT")
    return ids[number // 2][0]


def measure_cost(uri: str, number: int, rounds: int, seconds: float) -> None:
    """Print sizes, times of pages, and what 16 writers of a ticket with three comments get done."""
    middle, rates, logs = {}, {kind: [] for kind in COST}, {kind: [] for kind in COST}
    for kind in COST:
        kind.make_tables(uri)
        middle[kind] = fill(kind, uri, number)
    links = {kind: kind.connect(uri) for kind in COST}
    for kind, link in links.items():
        table, index = link.execute(SIZES, [kind.schema]).fetchone()
        click.echo(f"| {kind.name} | tables {table:.0f} MB, indexes {index:.0f} MB |")
    for name, statement in PAGES.items():
        took = {kind: [] for kind in COST}
        for kind, _ in zip(cycle(COST), range(2_000 * len(COST)), strict=False):
            values, start = [middle[kind]] * statement.count("%s"), time.perf_counter()
            links[kind].execute(statement, values).fetchall()
            took[kind].append(time.perf_counter() - start)
        for kind in COST:
            click.echo(f"| {kind.name} | {name} {statistics.median(took[kind]) * 1e6:.0f} µs |")
    for _ in range(rounds):
        for kind in COST:
            rate, log = write(kind, uri, seconds)
            rates[kind].append(rate)
            logs[kind].append(log)
    for kind in COST:
        rate, log = statistics.median(rates[kind]), statistics.median(logs[kind])
        spread = f"{min(rates[kind]):.0f} to {max(rates[kind]):.0f}"
        click.echo(f"| {kind.name} | {rate:.0f} a second ({spread}), log {log:.0f} bytes each |")


def write(kind: Kind, uri: str, seconds: float) -> tuple[float, float]:
    """Return the transactions a second of 16 writers, and the bytes of log that each one took."""

    def work(link: Any, worker: int) -> Any:
        sql, ids = kind.statement(BOTH, worker)
        return lambda: link.execute(sql, ids())

    with kind.connect(uri) as link:
        start = link.execute("SELECT pg_current_wal_insert_lsn()").fetchone()[0]
        with writers(kind, uri, seconds, work, synchronous_commit="off") as done:
            pass
        end = "SELECT pg_current_wal_insert_lsn() - %s::pg_lsn"
        return sum(done) / seconds, float(link.execute(end, [start]).fetchone()[0]) / sum(done)


def measure_counters(uri: str, number: int) -> None:
    """Print what a total takes, and to find the block of a page half-way, of ``number`` tickets."""
    app = create_app(uri)
    with app.app_context():
        db.create_all()
        for blocks in (number // BLOCK_SIZE, number):  # a sequence's; one for each millisecond
            db.session.execute(text("TRUNCATE support_ticket_counter"))
            each = {"blocks": blocks, "each": number // blocks}
            db.session.execute(text(COUNTERS), each)
            db.session.execute(text("ANALYZE support_ticket_counter"))
            db.session.commit()
            total, place = _took(read_totals), _took(partial(find_block, (), number // 2))
            click.echo(f"| {blocks:,} counters | total {total:.2f} ms, block {place:.2f} ms |")
        db.session.remove()
        db.engine.dispose()


def _took(act: Any) -> float:
    took = []
    for _ in range(15):
        start = time.perf_counter()
        act()
        took.append((time.perf_counter() - start) * 1_000)
    return statistics.median(took)


@click.command()
@click.option("--tickets", "number", default=250_000, show_default=True)
@click.option("--rounds", default=5, show_default=True)
@click.option("--seconds", default=3.0, show_default=True)
def main(number: int, rounds: int, seconds: float) -> None:
    """Measure, and print rows of tables."""
    with (
        tempfile.TemporaryDirectory(prefix="st-ids-") as folder,
        open_database("postgresql", Path(folder), number) as database,
    ):
        database.create()
        uri = database.uri.replace("+psycopg", "")
        measure_cost(uri, number, rounds, seconds)
        for kind in ORDER:
            measure_order(kind, uri, seconds)
        measure_counters(database.uri, 4 * number)


if __name__ == "__main__":
    main()
