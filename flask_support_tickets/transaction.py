"""The unit of work: one commit, then the signals. No other code commits (U1 to U3)."""

from __future__ import annotations

import inspect
import logging
import random
import time
from collections.abc import Callable
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

_PENDING = "flask_support_tickets.pending_signals"
_LAST = "flask_support_tickets.last_acts"
_HAS_STORED = "flask_support_tickets.has_stored"
_TRIES = 3
#: A unit that took longer has waited for its locks, and is not run again.
_PATIENCE_SECONDS = 1.0
#: The longest pause before another try; it is random, so that two units do not collide again.
_PAUSE_SECONDS = 0.05
#: Deadlocks and serialisation failures: SQLSTATEs of PostgreSQL, numbers of MariaDB.
_COLLISIONS = {"40P01", "40001", "1213", "1020"}
#: Parts of messages about our constraints; SQLite does not name foreign keys.
_OUR_CONSTRAINTS = ("support_ticket", "FOREIGN KEY constraint failed")
#: A read-only PostgreSQL, such as a standby.
_READS_ONLY = {"25006"}
P = ParamSpec("P")
T = TypeVar("T")


def unit_of_work(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run ``work`` in one transaction, commit it, send its signals and return its result.

    On any error everything is rolled back, no signal is sent and the error is raised. After a
    collision with another unit, a lock, a deadlock or a lost connection, the unit runs again, three
    times in all; but not after it waited for a lock for a second, nor if the host has pending
    changes, which a rollback would lose. Raises `Unavailable` if that fails (U2), and `Unstorable`
    if the database cannot store a value.

    Units do not nest; one function can call several use cases. The session is the host's: its
    pending changes are committed with the unit.
    """
    session = current_tickets.session
    if _PENDING in session.info:
        raise RuntimeError("A unit of work cannot run inside another: call the use case itself.")
    with write_lock(session(), current_tickets.models.Ticket.__mapper__):
        result = _run(work, *args, **kwargs)
    session.info[_HAS_STORED] = True
    _send_signals(session.info.pop(_PENDING))
    return result


def _run(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    session = current_tickets.session
    is_ours_alone = not (session.new or session.dirty or session.deleted)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    tries_left = _TRIES if is_ours_alone else 1
    while True:
        tries_left -= 1
        session.info[_PENDING], session.info[_LAST] = [], []
        try:
            return _commit(work, *args, **kwargs)
        except BaseException as error:
            for key in (_PENDING, _LAST):
                session.info.pop(key, None)
            _roll_back()
            if isinstance(error, DataError):
                logger.warning("The database refused what was sent.", exc_info=True)
                raise Unstorable from error
            if not _has_collided(error) and not is_unavailable(error):
                raise
            has_waited = not _has_collided(error) and time.monotonic() > deadline
            if tries_left == 0 or has_waited:
                logger.warning("A unit of work was rolled back.", exc_info=True)
                raise Unavailable from error
            time.sleep(random.uniform(0, _PAUSE_SECONDS))


def _roll_back() -> None:
    """Roll back; the database has done so already if the connection is lost."""
    try:
        current_tickets.session.rollback()
    except DBAPIError:
        logger.warning("A connection was lost before a rollback.", exc_info=True)


def _has_collided(error: BaseException) -> bool:
    """Whether a simultaneous unit came first: a constraint of ours was violated, or a deadlock.

    A violated constraint of the host is an error in the host's code.
    """
    if isinstance(error, IntegrityError):
        return any(name in str(error.orig) for name in _OUR_CONSTRAINTS)
    return not _COLLISIONS.isdisjoint(_codes_of(error))


def is_unavailable(error: BaseException) -> bool:
    """Whether ``error`` means that the database is locked, busy, unreachable or read-only."""
    return (
        isinstance(error, OperationalError | PoolTimeoutError)
        or (isinstance(error, DBAPIError) and bool(error.connection_invalidated))
        or not _READS_ONLY.isdisjoint(_codes_of(error))
    )


def _codes_of(error: BaseException) -> set[str]:
    """Return the SQLSTATE of an error, or MariaDB's number."""
    original = getattr(error, "orig", None)
    codes = getattr(original, "sqlstate", None), *getattr(original, "args", ())[:1]
    return set(map(str, codes))


def unavailable_error(error: BaseException) -> Unavailable | None:
    """Return the error to raise if a statement outside of units failed; None for another error."""
    if not is_unavailable(error):
        return None
    # An earlier unit of the same request may have stored something.
    return Unavailable(may_be_stored=_HAS_STORED in current_tickets.session.info)


def send_after_commit(signal: NamedSignal, payload: object) -> None:
    """Send ``signal`` with ``payload`` once the running unit of work is committed."""
    current_tickets.session.info[_PENDING].append((signal, payload))


def run_before_commit(act: Callable[[], None], *, order: Any) -> None:
    """Call ``act`` just before the running unit of work is committed.

    Rows that many units write are so locked briefly, and in one ``order``, to avoid deadlocks.
    """
    current_tickets.session.info[_LAST].append((order, act))


def _commit(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    session = current_tickets.session
    result = work(*args, **kwargs)
    session.flush()
    for _, act in sorted(session.info.pop(_LAST), key=itemgetter(0)):
        act()
    try:
        session.commit()
    except DBAPIError as error:
        if error.connection_invalidated:  # it may have gone through: another try could double it
            logger.warning("A connection was lost during a commit.", exc_info=True)
            raise Unavailable(may_be_stored=True) from error
        raise
    return result


def _send_signals(pending: list[tuple[NamedSignal, Any]]) -> None:
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    for signal, payload in pending:
        for receiver in signal.receivers_for(app):
            try:
                result = receiver(app, payload=payload)
                if inspect.iscoroutine(result):
                    result.close()
                    raise TypeError("A receiver must not be async: nobody would wait for it.")
            except Exception:
                logger.exception("A receiver of %s failed; the change is stored.", signal.name)
                _roll_back()
