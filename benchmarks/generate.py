"""Fill a database with tickets, the same ones for the same seed.

``python -m benchmarks.generate --tickets 1000000 --database sqlite:////tmp/million.db``
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy import func, inspect, select, text
from sqlalchemy.schema import CreateIndex, CreateTable

import flask_support_tickets
from flask_support_tickets import services, unit_of_work
from flask_support_tickets.current import current_tickets

from .bulk import BulkWriter, writer_for
from .host import Fact, FloorTotal, User, create_app, db, tickets
from .population import Population
from .scale import Scale
from .vocabulary import COMMON_WORD, RARE_WORD

#: Services that bring up to date what the package keeps beside the rows, and whether they want a
#: unit of work around them; called where they exist.
REBUILDS = {"rebuild_counters": True, "rebuild_search_index": False}
_PROGRESS_EVERY = 500
_HERE, _PACKAGE = Path(__file__).parent, Path(flask_support_tickets.__file__).parent
#: What decides about rows and tables, besides the tables' own columns.
_SOURCES = (
    _HERE / "population.py",
    _HERE / "story.py",
    _HERE / "scale.py",
    _HERE / "vocabulary.py",
    _PACKAGE / "words.py",
    _PACKAGE / "models" / "word_tables.py",
    _PACKAGE / "models" / "counter.py",
)


def generate(uri: str, scale: Scale, *, show: bool = True) -> dict[str, float]:
    """Make the tables in an empty database and fill them; return the seconds of each part."""
    app = create_app(uri)
    seconds: dict[str, float] = {}
    with app.app_context():
        start = time.perf_counter()
        db.create_all()
        _fill(scale, show)
        db.engine.dispose()  # the settings for filling go with the connection
        seconds["rows"] = time.perf_counter() - start
        for name, wants_unit in REBUILDS.items():
            rebuild = getattr(services, name, None)
            if rebuild is not None:
                start = time.perf_counter()
                with _without_word_indexes() if name == "rebuild_search_index" else nullcontext():
                    unit_of_work(rebuild) if wants_unit else rebuild()
                seconds[name] = time.perf_counter() - start
        _write_facts(app, scale)
        db.session.remove()
        db.engine.dispose()
    return seconds


def is_made(uri: str, scale: Scale) -> bool:
    """Whether the database holds just what `generate` would make of today's tables."""
    app = create_app(uri)
    with app.app_context():
        try:
            if not inspect(db.engine).has_table(Fact.__tablename__):
                return False
            return facts().get("fingerprint") == _fingerprint(scale)
        finally:
            db.session.remove()
            db.engine.dispose()


def facts() -> dict[str, str]:
    """Return what the generator noted; needs an app context."""
    return {fact.name: fact.value for fact in db.session.scalars(select(Fact))}


def _fill(scale: Scale, show: bool) -> None:
    tables = {
        "user": User.__table__,
        "ticket": tickets.Ticket.__table__,
        "comment": tickets.TicketComment.__table__,
        "event": tickets.TicketEvent.__table__,
        "attachment": tickets.TicketAttachment.__table__,
    }
    with db.engine.connect() as connection:
        writer = writer_for(connection)
        indexes = [index for table in tables.values() for index in writer.droppable(table)]
        for index in indexes:
            index.drop(connection)
        connection.commit()
        for key, table in tables.items():
            writer.prepare(key, table)
        _write_rows(writer, scale, show)
        for index in indexes:
            index.create(connection)
        connection.commit()
        writer.finish(tables.values())


def _write_rows(writer: BulkWriter, scale: Scale, show: bool) -> None:
    population = Population(scale)
    for row in population.users():
        writer.add("user", dict(zip(("id", "username", "role"), row, strict=True)))
    with _progress(f"{scale.tickets:,} tickets", scale.tickets, show) as advance:
        for key, row in population.rows():
            writer.add(key, row)
            if key == "ticket" and row["id"] % _PROGRESS_EVERY == 0:
                advance(_PROGRESS_EVERY)
    writer.flush()


@contextmanager
def _progress(label: str, length: int, show: bool) -> Iterator[Callable[[int], None]]:
    if not show:
        yield lambda _: None
        return
    with click.progressbar(length=length, label=label) as bar:
        yield bar.update


@contextmanager
def _without_word_indexes() -> Iterator[None]:
    """Let PostgreSQL index the words at the end, at once, which is many times quicker."""
    if db.engine.dialect.name != "postgresql":
        yield
        return
    table: Any = current_tickets.models.words.on("postgresql")
    indexes = list(table.indexes)
    with db.engine.begin() as connection:
        for index in indexes:
            index.drop(connection)
    yield
    with db.engine.begin() as connection:
        connection.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
        for index in indexes:
            index.create(connection)


def _write_facts(app: Flask, scale: Scale) -> None:
    model = tickets.Ticket
    for status, total in db.session.execute(
        select(model.status, func.count()).group_by(model.status)
    ):
        db.session.add(FloorTotal(status=status, total=total))
    user_id, own = _ordinary_user()
    known: dict[str, Any] = {
        "fingerprint": _fingerprint(scale),
        "tickets": scale.tickets,
        "busy_id": scale.busy_id,
        "thread_id": scale.thread_id,
        "plain_id": scale.plain_id,
        "user_id": user_id,
        "user_tickets": own,
        "common_word": COMMON_WORD,
        "rare_word": RARE_WORD,
    }
    for name, value in known.items():
        db.session.add(Fact(name=name, value=str(value)))
    db.session.commit()


def _ordinary_user() -> tuple[int, int]:
    """Return a user with 20 tickets or, where nobody has as many, with the most."""
    model = tickets.Ticket
    own = func.count()
    query = select(model.user_id, own).group_by(model.user_id).order_by(func.abs(own - 25))
    return tuple(db.session.execute(query.order_by(model.user_id).limit(1)).one())


def _fingerprint(scale: Scale) -> str:
    """Hash all that decides what is made, so that a change of it is seen."""
    made = [repr(scale)]
    made += [path.read_text(encoding="utf-8") for path in _SOURCES if path.exists()]
    for table in db.metadata.sorted_tables:
        made.append(str(CreateTable(table).compile(db.engine)))
        made += sorted(str(CreateIndex(index).compile(db.engine)) for index in table.indexes)
    return hashlib.sha256("\n".join(made).encode()).hexdigest()


@click.command()
@click.option("--tickets", "count", type=click.IntRange(200), required=True, help="How many.")
@click.option("--database", "uri", required=True, help="An address as SQLAlchemy takes it.")
@click.option("--seed", type=int, default=5, show_default=True)
def main(count: int, uri: str, seed: int) -> None:
    """Fill an empty database with tickets."""
    from .databases import with_driver

    seconds = generate(with_driver(uri), Scale(count, seed))
    for part, spent in seconds.items():
        click.echo(f"{part}: {spent:.1f} s")


if __name__ == "__main__":
    main()
