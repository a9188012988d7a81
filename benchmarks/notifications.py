"""Measure notifications: ``python -m benchmarks.notifications requests``, ``workers``, ``backlog``.

``requests`` compares requests with and without notifications, ``workers`` one and two workers that
send email, and ``backlog`` claims in an empty and in a large outbox. Each prints pairs of one run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import click
from flask import Flask
from sqlalchemy import select, text, update

from flask_support_tickets import unit_of_work
from flask_support_tickets.delivery.worker import Worker as DeliveryWorker
from flask_support_tickets.models import utc_now
from flask_support_tickets.models.notification import NotificationState
from flask_support_tickets.services.notifications import claims

from .contestants import notified
from .data import Scale
from .databases import ALL_KINDS, open_databases
from .measure import Effort, measure, ratios
from .smtp_sink import smtp_sink
from .worker import Worker

_DATABASES = click.option("--database", "kinds", type=click.Choice(ALL_KINDS), multiple=True)
_TABLE = "support_ticket_notification"
#: The backlog: half of it is due, half was sent; some tickets have several notifications.
_BACKLOG = {
    "sqlite": (
        "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count})",
        "strftime('%Y-%m-%d %H:%M:%f', '2026-01-01', '+' || n || ' seconds') || '000'",
        "s",
    ),
    "postgresql": (
        "",
        "timestamptz '2026-01-01' + n * interval '1 second'",
        "generate_series(1, {count}) AS s(n)",
    ),
    "mariadb": (
        "",
        "DATE_ADD('2026-01-01', INTERVAL n SECOND)",
        "(SELECT seq AS n FROM seq_1_to_{count}) AS s",
    ),
}


@click.group()
def main() -> None:
    """Measure notifications."""


@main.command("requests")
@_DATABASES
@click.option("--rounds", default=200, show_default=True)
def compare_requests(kinds: tuple[str, ...], rounds: int) -> None:
    """Compare requests without email, with a worker, and with a thread that sends to a server."""
    for kind in kinds or ALL_KINDS[:2]:
        with ExitStack() as stack:
            url = stack.enter_context(smtp_sink())
            create_database = stack.enter_context(open_databases(kind))
            workers = {}
            for mode in ("off", "worker", "thread"):
                os.environ.update(BENCHMARK_DELIVERY=mode, BENCHMARK_SMTP_URL=url)
                worker = Worker("notified", create_database(f"notified_{mode}"), 10)
                workers[mode] = stack.enter_context(closing(worker))
            for task in (notified.COMMENT, notified.OPEN):
                effort = Effort(rounds, seconds=float("inf"))
                timings = measure([*workers.values()], task, effort)
                for mode, timing in zip(workers, timings, strict=True):
                    found = ratios(timing.seconds, timings[0].seconds)
                    cpu = statistics.median(timing.cpu) / statistics.median(timings[0].cpu)
                    middle, quarter = rounds // 2, rounds // 4
                    click.echo(
                        f"{kind:<12}{task:<18}{mode:<8}{timing.median_ms:>8.2f} ms"
                        f"{found[middle]:>8.3f} ×   {found[quarter]:.2f}–{found[-quarter]:.2f}"
                        f"{cpu:>8.3f} × CPU{timing.statements:>4} statements"
                    )


@main.command("workers")
@_DATABASES
@click.option("--messages", default=1000, show_default=True)
@click.option("--rounds", default=3, show_default=True)
def compare_workers(kinds: tuple[str, ...], messages: int, rounds: int) -> None:
    """Compare two workers with one, which send the same emails."""
    for kind in kinds or ALL_KINDS:
        with smtp_sink() as url, open_databases(kind) as create_database:
            os.environ.update(BENCHMARK_DELIVERY="worker", BENCHMARK_SMTP_URL=url)
            uri = create_database("workers")
            notified.prepare(uri, Scale(messages))
            app = notified.create_app(uri)
            quotients = []
            for _ in range(rounds):
                one, two = (_send_all(app, uri, count) for count in (1, 2))
                quotients.append(one / two)
                click.echo(
                    f"{kind:<12}one worker: {messages / one * 60:>7,.0f} emails a minute, two: "
                    f"{messages / two * 60:>7,.0f}, {one / two:.2f} ×"
                )
            click.echo(f"{kind:<12}median: {statistics.median(quotients):.2f} ×")


def _send_all(app: Flask, uri: str, worker_count: int) -> float:
    """Make each receipt due again, let workers send them, and return the seconds that took."""
    table = notified.tickets._declared.TicketNotification.__table__
    with app.app_context():
        due = {"state": NotificationState.Pending, "due_at": utc_now(), "attempts": 0}
        is_receipt = table.c.relation == "requester", table.c.kind == "opened"
        notified.db.session.execute(update(table).values(state=NotificationState.Skipped))
        notified.db.session.execute(update(table).where(*is_receipt).values(due))
        notified.db.session.commit()
        notified.db.engine.dispose()
        command = [sys.executable, "-m", "benchmarks.notifications", "deliver", uri]
        with ExitStack() as stack:
            pipe = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
            processes: list[Any] = [
                stack.enter_context(subprocess.Popen(command, **pipe)) for _ in range(worker_count)
            ]
            for process in processes:
                process.stdout.readline()
            start = time.perf_counter()
            for process in processes:
                process.stdin.write("go\n")
                process.stdin.flush()
            counts = [int(process.stdout.readline()) for process in processes]
            seconds = time.perf_counter() - start
        query = select(table.c.id).where(table.c.state == NotificationState.Sent)
        sent = len(notified.db.session.execute(query).all())
    if sum(counts) != sent:
        raise RuntimeError(f"{counts} were delivered, but {sent} were sent.")
    return seconds


@main.command("deliver", hidden=True)
@click.argument("uri")
def deliver(uri: str) -> None:
    """Wait for a line, deliver everything that is due, and print how many that were."""
    app = notified.create_app(uri)
    worker = DeliveryWorker(lambda: app, should_stop=lambda: False)
    with app.app_context():
        notified.db.session.execute(text("SELECT 1"))
    click.echo("ready")
    sys.stdin.readline()
    worker.deliver_all()
    click.echo(worker.count)


@main.command("backlog")
@_DATABASES
@click.option("--rows", default=1_000_000, show_default=True)
@click.option("--rounds", default=100, show_default=True)
def compare_backlog(kinds: tuple[str, ...], rows: int, rounds: int) -> None:
    """Compare claims of 20 notifications with a backlog of 1,000 and of --rows."""
    os.environ.update(BENCHMARK_SMTP_URL="smtp://127.0.0.1:9?starttls=no")
    for kind in kinds or ALL_KINDS:
        with open_databases(kind) as create_database:
            apps = [
                _app_with_backlog(create_database(f"n{count}"), count) for count in (4000, rows)
            ]
            seconds: list[list[float]] = [[], []]
            for _ in range(rounds):
                for app, found in zip(apps, seconds, strict=True):
                    found.append(_claim(app))
            few, many = (statistics.median(found) * 1000 for found in seconds)
            middle = ratios(seconds[1], seconds[0])[rounds // 2]
            click.echo(
                f"{kind:<12}4,000 rows: {few:.2f} ms, {rows:,}: {many:.2f} ms, {middle:.2f} ×"
            )
            for app in apps:
                with app.app_context():
                    notified.db.engine.dispose()


def _app_with_backlog(uri: str, count: int) -> Flask:
    app = notified.create_app(uri)
    with app.app_context():
        notified.db.create_all()
        with _without_foreign_keys() as connection:
            kind = "mariadb" if uri.startswith("mysql") else connection.dialect.name
            before, time_of, source = _BACKLOG[kind]
            connection.execute(
                text(
                    f"INSERT INTO {_TABLE} (kind, relation, channel, target, state, attempts,"
                    f" due_at, created_at, ticket_id, event_id, user_id) {before}"
                    f" SELECT 'reply', 'requester', 'email', '', n % 2, 0, {time_of}, {time_of},"
                    f" n - n % 3, n, n % 1000 FROM {source}".format(count=count)
                )
            )
            analyze = f"ANALYZE TABLE {_TABLE}" if kind == "mariadb" else "ANALYZE"
            connection.execute(text(analyze))
    return app


@contextmanager
def _without_foreign_keys() -> Iterator[Any]:
    """Yield a connection that does not check whether the tickets exist."""
    settings = {
        "sqlite": ("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON"),
        "postgresql": ("SET session_replication_role = replica", "RESET session_replication_role"),
        "mysql": ("SET foreign_key_checks = 0", "SET foreign_key_checks = 1"),
    }
    engine = notified.db.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        off, on = settings[connection.dialect.name]
        connection.execute(text(off))
        yield connection
        connection.execute(text(on))


def _claim(app: Flask) -> float:
    with app.app_context():
        notified.db.session.execute(text("SELECT 1"))  # connects
        notified.db.session.rollback()
        start = time.perf_counter()
        found = unit_of_work(claims.claim_due, 20)
        seconds = time.perf_counter() - start
    if not found:
        raise RuntimeError("Nothing is due.")
    return seconds


if __name__ == "__main__":
    main()
