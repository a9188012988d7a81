"""`Worker`: the loop of the delivery thread and of ``flask support-tickets deliver`` (rule O4)."""

from __future__ import annotations

import logging
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask

from ..services.notifications.retention import purge_notifications
from ..transaction import unit_of_work
from .delivery import deliver_due
from .digest import enqueue_digests

logger = logging.getLogger(__name__)

_BATCH = 20
_LONGEST_PAUSE_SECONDS = 60.0
_CHORES_SECONDS = 600.0


class Worker:
    """Delivers due notifications until ``should_stop`` returns True or ``limit`` is reached.

    ``find_app`` returns None once the app is gone. ``wait`` waits for a number of seconds, or less
    if there is something to do.
    """

    def __init__(
        self,
        find_app: Callable[[], Flask | None],
        *,
        should_stop: Callable[[], bool],
        wait: Callable[[float], Any] = time.sleep,
        limit: int | None = None,
    ) -> None:
        self._find_app, self._should_stop, self._wait = find_app, should_stop, wait
        self._limit = limit
        self._next_chores_at = time.monotonic() + random.uniform(0, _CHORES_SECONDS)
        self._failures = 0
        #: The number of notifications that were sent, skipped or failed.
        self.count = 0

    def is_done(self) -> bool:
        """Return whether to stop."""
        is_full = self._limit is not None and self.count >= self._limit
        return is_full or self._should_stop() or self._find_app() is None

    def run(self, poll_seconds: float) -> None:
        """Deliver, and look for due notifications every ``poll_seconds``.

        A series of errors, for example while the database is down, is logged once.
        """
        while not self.is_done():
            pause = poll_seconds
            try:
                self.deliver_all()
                if time.monotonic() > self._next_chores_at:
                    self.do_chores()
            except Exception as error:
                self._failures += 1
                self._report(error)
                pause = min(poll_seconds * 2 ** min(self._failures, 6), _LONGEST_PAUSE_SECONDS)
            else:
                self._report(None)
            if not self.is_done():
                self._wait(pause * random.uniform(0.8, 1.2))  # workers do not wake up together

    def deliver_all(self) -> None:
        """Deliver everything that is due."""
        while not self.is_done():
            left = _BATCH if self._limit is None else self._limit - self.count
            if (app := self._find_app()) is None:
                return
            with app.app_context():
                count = deliver_due(min(_BATCH, left), should_stop=self._should_stop)
            self.count += count
            if count == 0:
                return

    def do_chores(self) -> None:
        """Enqueue the digests that are due, and delete old notifications in small batches."""
        self._next_chores_at = time.monotonic() + _CHORES_SECONDS
        if (app := self._find_app()) is None:
            return
        with app.app_context():
            enqueue_digests()
            while not self._should_stop() and unit_of_work(purge_notifications):
                pass

    def _report(self, error: Exception | None) -> None:
        if error is not None and self._failures == 1 and not self._should_stop():
            logger.error("Delivering notifications failed and will be retried.", exc_info=error)
        elif error is None and self._failures:
            self._failures = 0
            logger.info("Delivering notifications works again.")


@contextmanager
def stop_on_signals() -> Iterator[Callable[[], bool]]:
    """Yield a function that returns True after SIGTERM or SIGINT. A second signal is not caught."""
    received: list[int] = []
    previous: dict[signal.Signals, Any] = {}

    def note(number: int, _frame: Any) -> None:
        received.append(number)
        signal.signal(number, previous[signal.Signals(number)])

    for each in (signal.SIGTERM, signal.SIGINT):
        previous[each] = signal.signal(each, note)
    try:
        yield lambda: bool(received)
    finally:
        for each, handler in previous.items():
            signal.signal(each, handler)


def sleep_until(should_stop: Callable[[], bool]) -> Callable[[float], None]:
    """Return a ``wait`` for `Worker` that ends early when ``should_stop`` returns True.

    Python continues a sleep after a signal, so it sleeps in short steps.
    """

    def wait(seconds: float) -> None:
        ends_at = time.monotonic() + seconds
        while not should_stop() and (left := ends_at - time.monotonic()) > 0:
            time.sleep(min(left, 0.2))

    return wait
