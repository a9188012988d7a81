"""SQLite used well: settings for a site with several people, and threads that write in turn."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import URL, Engine, event
from sqlalchemy.orm import Session

_BUSY_TIMEOUT_MS = 5_000
#: A thread whose turn does not come within this time goes on, and waits for SQLite itself.
_LONGEST_WAIT_SECONDS = 1.0

#: By process and file: what a fork copies in the middle of a turn would never be let go.
_turns: dict[tuple[int, str], threading.RLock] = {}


def prepare_sqlite(db: SQLAlchemy | Engine) -> None:
    """Set up every connection that ``db`` opens from now on; does nothing on other databases.

    Switches on the write-ahead log, foreign keys and ``synchronous=NORMAL``, waits for a lock for
    at least five seconds, and lets a transaction take the lock before its first write. ``db`` is
    an engine, or Flask-SQLAlchemy's object inside an app context, with all its engines.
    """
    for engine in [db] if isinstance(db, Engine) else db.engines.values():
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _set_up)  # counts once, however often it is said


def _set_up(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    [waits_ms] = cursor.execute("PRAGMA busy_timeout").fetchone()
    # First of all: setting the log needs a lock.
    cursor.execute(f"PRAGMA busy_timeout = {max(waits_ms, _BUSY_TIMEOUT_MS)}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()
    if connection.isolation_level == "":  # the driver begins by itself, before the first write
        connection.isolation_level = "IMMEDIATE"


@contextmanager
def turn_to_write(session: Session, mapper: Any) -> Iterator[None]:
    """Let the threads of this process write to one SQLite file one after the other.

    SQLite's own waiting is by chance: without turns, some wait ten times longer than the others.
    Does nothing for databases in memory and of other kinds, nor in a session that has written:
    it holds what the thread whose turn it is waits for (U3).
    """
    turn = _turn_at(session.get_bind(mapper).engine)
    is_waited_for = turn is not None and not _has_begun(session, mapper)
    if turn is None or not is_waited_for or not turn.acquire(timeout=_LONGEST_WAIT_SECONDS):
        yield
        return
    try:
        yield
    finally:
        turn.release()


def _turn_at(engine: Engine) -> threading.RLock | None:
    file = _file_of(engine.url) if engine.dialect.name == "sqlite" else None
    return None if file is None else _turns.setdefault((os.getpid(), file), threading.RLock())


def _file_of(url: URL) -> str | None:
    """Return the file of a SQLite database; one in memory has none."""
    name = url.database or ":memory:"
    if ":memory:" in name or url.query.get("mode") == "memory":
        return None
    return os.path.realpath(name.removeprefix("file:"))


def _has_begun(session: Session, mapper: Any) -> bool:
    """Whether the driver is inside a transaction; left to itself, it begins at the first write."""
    if not session.in_transaction():
        return False
    connection = session.connection(bind_arguments={"mapper": mapper}).connection
    return bool(getattr(connection.driver_connection, "in_transaction", False))
