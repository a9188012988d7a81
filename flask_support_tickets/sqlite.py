"""Prepare SQLite for concurrent use, with connection settings and a write lock."""

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
#: The part of the file that SQLite reads through a memory map. Counting 2,000 tickets, spread over
#: a million, then takes 2.6 ms instead of 9.4 ms.
_MAPPED_BYTES = 2**30
#: A unit that has waited this long for our lock waits for SQLite's lock instead.
_LONGEST_WAIT_SECONDS = 1.0
_write_locks: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)

if hasattr(os, "register_at_fork"):  # a thread that holds a lock does not exist in the child
    os.register_at_fork(after_in_child=_write_locks.clear)


def prepare_sqlite(db: SQLAlchemy | Engine) -> None:
    """Configure every SQLite connection that ``db`` opens from now on.

    Enables write-ahead logging, foreign keys, ``synchronous=NORMAL`` and a memory map of up to
    1 GiB, sets a busy timeout of at least five seconds, and makes transactions acquire the write
    lock before their first write. ``db`` is an engine, or a Flask-SQLAlchemy object, whose engines
    are available only in an app context.
    """
    for engine in [db] if isinstance(db, Engine) else db.engines.values():
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _configure)  # a second call has no effect


def _configure(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    [timeout_ms] = cursor.execute("PRAGMA busy_timeout").fetchone()
    # This comes first, because changing the journal mode requires a lock.
    cursor.execute(f"PRAGMA busy_timeout = {max(timeout_ms, _BUSY_TIMEOUT_MS)}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
    cursor.close()
    if connection.isolation_level == "":  # the driver begins a transaction before the first write
        connection.isolation_level = "IMMEDIATE"


@contextmanager
def write_lock(session: Session, mapper: Any) -> Iterator[None]:
    """Ensure that only one thread of this process writes to a SQLite file at a time (U3).

    SQLite itself waits by polling. When 16 threads write comments, the 99th percentile of the time
    per write is 0.13 s with this lock, and 0.57 to 0.85 s without it. No lock is taken on other
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
    """Return the path of a SQLite database, or None if it is in memory."""
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
