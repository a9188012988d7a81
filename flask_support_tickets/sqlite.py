"""SQLite used well: settings for a site with several people, and units that write in turn."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import unquote

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import URL, Engine, event
from sqlalchemy.orm import Session

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has none
    fcntl = None  # type: ignore[assignment]

logger = logging.getLogger(__name__)

_BUSY_TIMEOUT_MS = 5_000
#: A unit whose turn does not come within this time goes on, and waits for SQLite itself.
_LONGEST_WAIT_SECONDS = 1.0
#: Between two looks whether another process has given back the turn.
_PAUSE_SECONDS = 0.0005

#: By folder.
_turns: dict[str, Turn] = {}


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


class Turn:
    """The turn to write to the files of a folder: among threads, and among processes."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._thread = threading.RLock()
        self._depth = 0
        #: The folder, open and locked, which keeps other processes waiting.
        self._lock: int | None = None

    def take(self) -> bool:
        """Wait for the turn; False when no thread of this process gave it back in time."""
        deadline = time.monotonic() + _LONGEST_WAIT_SECONDS
        if not self._thread.acquire(timeout=_LONGEST_WAIT_SECONDS):
            return False
        self._depth += 1
        try:
            if self._depth == 1:
                self._lock = _lock_folder(self._folder, deadline)
        except BaseException:  # a time limit of the host may end the waiting
            self.give_back()
            raise
        return True

    def give_back(self) -> None:
        """Let the next one write."""
        self._depth -= 1
        if self._depth == 0:
            self.unlock()
        self._thread.release()

    def unlock(self) -> None:
        """Let other processes go on."""
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)


@contextmanager
def write_lock(session: Session, mapper: Any) -> Iterator[None]:
    """Let the threads and processes of a machine write to a SQLite file one after the other.

    SQLite's own waiting is by chance: without turns, some wait ten times longer than the others.
    Does nothing for databases in memory and of other kinds, nor in a session that has written:
    it holds what the thread whose turn it is waits for (U3).
    """
    turn = _turn_at(session.get_bind(mapper).engine)
    if turn is None or _has_begun(session, mapper) or not turn.take():
        yield
        return
    try:
        yield
    finally:
        turn.give_back()


def _turn_at(engine: Engine) -> Turn | None:
    file = _file_of(engine.url) if engine.dialect.name == "sqlite" else None
    if file is None:
        return None
    folder = os.path.dirname(file)
    return _turns.get(folder) or _turns.setdefault(folder, Turn(folder))


def _forget_turns() -> None:
    """Start anew in a forked process: who had a turn when it was forked is not in it."""
    for turn in _turns.values():
        turn.unlock()
    _turns.clear()


with suppress(AttributeError):  # nothing forks on Windows
    os.register_at_fork(after_in_child=_forget_turns)


def _lock_folder(path: str, deadline: float) -> int | None:
    """Return a folder that is open, and locked until it is closed.

    The database itself must not be opened for this: closing it again would let SQLite's locks go.
    None when another process had the folder until the deadline, and where it cannot be locked:
    SQLite's own lock has to do then.
    """
    if fcntl is None:
        return None
    try:
        lock = os.open(path, os.O_RDONLY)
    except OSError as error:
        logger.debug("The processes take no turns at %s: %s.", path, error)
        return None
    is_locked: bool | None = False
    try:
        while (is_locked := _has_locked(lock)) is False and time.monotonic() < deadline:
            time.sleep(_PAUSE_SECONDS)
    finally:
        if not is_locked:
            os.close(lock)
    return lock if is_locked else None


def _has_locked(lock: int) -> bool | None:
    """Whether it is locked now; None where it cannot be."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        logger.debug("The processes take no turns: %s.", error)
        return None
    return True


def _file_of(url: URL) -> str | None:
    """Return the file of a SQLite database; one in memory has none."""
    name = url.database or ":memory:"
    in_memory = url.query.get("mode") == "memory" or url.query.get("vfs") == "memdb"
    if in_memory or ":memory:" in name:
        return None
    path = unquote(name.removeprefix("file:")) if name.startswith("file:") else name
    return os.path.realpath(path)


def _has_begun(session: Session, mapper: Any) -> bool:
    """Whether the driver is inside a transaction; left to itself, it begins at the first write."""
    if not session.in_transaction():
        return False
    connection = session.connection(bind_arguments={"mapper": mapper}).connection
    return bool(getattr(connection.driver_connection, "in_transaction", False))
