"""SQLite for concurrent use: connection settings, and one writing thread at a time."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import URL, Engine, event
from sqlalchemy.orm import Session

_BUSY_TIMEOUT_MS = 5_000
#: A unit that has waited this long stops waiting here and waits in SQLite.
_LONGEST_WAIT_SECONDS = 1.0
_write_locks: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)

if hasattr(os, "register_at_fork"):  # the thread that holds a lock is not in the child
    os.register_at_fork(after_in_child=_write_locks.clear)


def prepare_sqlite(db: SQLAlchemy | Engine) -> None:
    """Configure every connection that ``db`` opens from now on; does nothing on other databases.

    Enables the write-ahead log, foreign keys and ``synchronous=NORMAL``, sets a busy timeout of at
    least five seconds, and lets a transaction take the lock before its first write. ``db`` is an
    engine, or a Flask-SQLAlchemy object inside an app context, with all its engines.
    """
    for engine in [db] if isinstance(db, Engine) else db.engines.values():
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _configure)  # a second call adds nothing


def _configure(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    [timeout_ms] = cursor.execute("PRAGMA busy_timeout").fetchone()
    # First, because changing the journal mode needs a lock.
    cursor.execute(f"PRAGMA busy_timeout = {max(timeout_ms, _BUSY_TIMEOUT_MS)}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()
    if connection.isolation_level == "":  # the driver begins transactions, before the first write
        connection.isolation_level = "IMMEDIATE"


@contextmanager
def write_lock(session: Session, mapper: Any) -> Iterator[None]:
    """Let one thread of the process write to a SQLite file at a time (U3).

    A connection that waits in SQLite polls. With 16 threads that write comments, 99 % of the writes
    take up to 0.13 s with this lock, and up to 0.57 to 0.85 s without it. Does nothing on other
    databases, or if the session has already written.
    """
    engine = session.get_bind(mapper).engine
    file = _file_of(engine.url) if engine.dialect.name == "sqlite" else None
    if file is None or _has_begun(session, mapper):
        yield
        return
    lock = _write_locks[file]
    is_held = lock.acquire(timeout=_LONGEST_WAIT_SECONDS)
    try:
        yield
    finally:
        if is_held:
            lock.release()


def _file_of(url: URL) -> str | None:
    """Return the file of a SQLite database, or None for one in memory."""
    name = url.database or ":memory:"
    in_memory = url.query.get("mode") == "memory" or url.query.get("vfs") == "memdb"
    if in_memory or ":memory:" in name:
        return None
    path = unquote(name.removeprefix("file:")) if name.startswith("file:") else name
    return os.path.realpath(path)


def _has_begun(session: Session, mapper: Any) -> bool:
    """Return whether the driver is in a transaction, which it begins before the first write."""
    if not session.in_transaction():
        return False
    connection = session.connection(bind_arguments={"mapper": mapper}).connection
    return bool(getattr(connection.driver_connection, "in_transaction", False))
