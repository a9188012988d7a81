"""The unit of work: commit once, then send the signals. No other code commits (U1 to U3)."""

from __future__ import annotations

import inspect
import logging
import random
import re
import time
from collections.abc import Callable
from functools import partial
from operator import itemgetter
from typing import Any, ParamSpec, TypeVar

from blinker import NamedSignal
from flask import current_app
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from .current import current_tickets
from .errors import Unavailable, Unstorable
from .sqlite import write_lock

logger = logging.getLogger(__name__)

_PENDING = "flask_support_tickets.after_commit"
_BEFORE_COMMIT = "flask_support_tickets.before_commit"
_HAS_STORED = "flask_support_tickets.has_stored"
_ATTEMPTS = 3
#: A unit that takes longer than this has been waiting for locks, so it is not retried.
_PATIENCE_SECONDS = 1.0
#: The maximum delay before a retry. The delay is random, so that units do not collide again.
_DELAY_SECONDS = 0.05
#: PostgreSQL SQLSTATEs and MariaDB error numbers for deadlocks and serialization failures.
_CONFLICT_CODES = {"40P01", "40001", "1213", "1020"}
#: Text found in error messages about our constraints. SQLite does not name foreign keys.
_OUR_CONSTRAINTS = ("support_ticket", "FOREIGN KEY constraint failed")
#: PostgreSQL's SQLSTATE for a read-only database, such as a standby server.
_READ_ONLY_CODES = {"25006"}
#: The same codes, and SQLite's messages, for a missing table or column.
_MISSING_CODES = {"42P01", "42703", "1146", "1054"}
_MISSING = re.compile("no such (?:table|column)|has no column named")
P = ParamSpec("P")
T = TypeVar("T")


def unit_of_work(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run ``work`` in one transaction, commit it, send its signals and return its result.

    On any error, everything is rolled back, no signals are sent and the error is raised. After a
    conflict with another unit, a lock, a deadlock or a lost connection, the unit is retried, with
    up to three attempts in total. It is not retried if it waited for a lock for over a second, or
    if the host has pending changes, which a rollback would discard. Raises `Unavailable` if all
    attempts fail (U2), and `Unstorable` if the database cannot store a value.

    Units cannot be nested, but one function can call several use cases. The unit uses the host's
    session, so the host's pending changes are committed with it.
    """
    session = current_tickets.session
    if _PENDING in session.info:
        raise RuntimeError("A unit of work cannot run inside another: call the use case itself.")
    with write_lock(session(), current_tickets.models.Ticket.__mapper__):
        result = _run(work, *args, **kwargs)
    session.info[_HAS_STORED] = True
    _run_pending(session.info.pop(_PENDING))
    return result


def _run(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    session = current_tickets.session
    is_ours_alone = not (session.new or session.dirty or session.deleted)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    attempts_left = _ATTEMPTS if is_ours_alone else 1
    while True:
        attempts_left -= 1
        session.info[_PENDING], session.info[_BEFORE_COMMIT] = [], []
        try:
            return _commit(work, *args, **kwargs)
        except BaseException as error:
            for key in (_PENDING, _BEFORE_COMMIT):
                session.info.pop(key, None)
            _roll_back()
            if isinstance(error, DataError):
                logger.warning("The database rejected a value.", exc_info=True)
                raise Unstorable from error
            if is_outdated(error):
                raise Unavailable from error
            is_conflict = _is_conflict(error)
            if not is_conflict and not is_unavailable(error):
                raise
            if attempts_left == 0 or (not is_conflict and time.monotonic() > deadline):
                logger.warning("A unit of work was rolled back.", exc_info=True)
                raise Unavailable from error
            time.sleep(random.uniform(0, _DELAY_SECONDS))


def roll_back_after(error: Exception) -> None:
    """Roll back after a database error outside a unit of work.

    Until then, PostgreSQL rejects the host's statements.
    """
    if isinstance(error, DBAPIError):
        _roll_back()


def _roll_back() -> None:
    try:
        current_tickets.session.rollback()
    except DBAPIError:  # the database rolls back by itself
        logger.warning("A connection was lost before a rollback.", exc_info=True)


def _is_conflict(error: BaseException) -> bool:
    """Return whether the error was caused by a concurrent unit."""
    if isinstance(error, IntegrityError):  # the host handles errors about its own constraints
        return any(name in str(error.orig) for name in _OUR_CONSTRAINTS)
    return not _CONFLICT_CODES.isdisjoint(_codes_of(error))


def is_unavailable(error: BaseException) -> bool:
    """Return whether the database was locked, busy, unreachable, read-only or not migrated."""
    return (
        is_outdated(error)
        or isinstance(error, OperationalError | PoolTimeoutError)
        or (isinstance(error, DBAPIError) and bool(error.connection_invalidated))
        or not _READ_ONLY_CODES.isdisjoint(_codes_of(error))
    )


def is_outdated(error: BaseException) -> bool:
    """Return whether a table or column of the extension is missing, and log how to create it."""
    is_missing = isinstance(error, DBAPIError) and (
        not _MISSING_CODES.isdisjoint(_codes_of(error)) or _MISSING.search(str(error.orig))
    )
    if not (is_missing and "support_ticket" in str(error)):
        return False
    logger.error(
        "The database lacks a table or column of Support Tickets: %s. Migrate it (flask db upgrade "
        "heads), or run flask support-tickets init-db, which names the columns that are missing.",
        getattr(error, "orig", error),
    )
    return True


def _codes_of(error: BaseException) -> set[str]:
    """Return the SQLSTATE and the MariaDB error number, if the driver provides them."""
    original = getattr(error, "orig", None)
    codes = getattr(original, "sqlstate", None), *getattr(original, "args", ())[:1]
    return set(map(str, codes))


def unavailable_error(error: BaseException) -> Unavailable | None:
    """Return `Unavailable` if `is_unavailable` returns True for ``error``, otherwise None.

    Use this for errors raised outside a unit of work.
    """
    if not is_unavailable(error):
        return None
    # An earlier unit in the same request may have stored something.
    return Unavailable(may_be_stored=_HAS_STORED in current_tickets.session.info)


def send_after_commit(signal: NamedSignal, payload: object) -> None:
    """Send ``signal`` with ``payload`` once the running unit of work is committed."""
    run_after_commit(partial(_send, signal, payload))


def run_after_commit(act: Callable[[], None]) -> None:
    """Call ``act`` once the running unit of work is committed. Its errors are logged."""
    current_tickets.session.info[_PENDING].append(act)


def run_before_commit(act: Callable[[], None], *, order: Any) -> None:
    """Call ``act`` just before the running unit of work is committed, in ascending ``order``.

    Use this for rows that many units update. Such rows are then locked only briefly, and always in
    the same order, which prevents deadlocks.
    """
    current_tickets.session.info[_BEFORE_COMMIT].append((order, act))


def _commit(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    session = current_tickets.session
    result = work(*args, **kwargs)
    session.flush()
    for _, act in sorted(session.info.pop(_BEFORE_COMMIT), key=itemgetter(0)):
        act()
    try:
        session.commit()
    except DBAPIError as error:
        if error.connection_invalidated:  # it may be committed, so a retry could write twice
            logger.warning("A connection was lost during a commit.", exc_info=True)
            raise Unavailable(may_be_stored=True) from error
        raise
    return result


def _run_pending(pending: list[Callable[[], None]]) -> None:
    for act in pending:
        try:
            act()
        except Exception:
            logger.exception("Something failed after a commit; the change is committed.")
            _roll_back()


def _send(signal: NamedSignal, payload: object) -> None:
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    for receiver in signal.receivers_for(app):
        try:
            result = receiver(app, payload=payload)
            if inspect.iscoroutine(result):
                result.close()
                raise TypeError("A receiver must not be async: it would never be awaited.")
        except Exception:
            logger.exception("A receiver of %s failed; the change is committed.", signal.name)
            _roll_back()
