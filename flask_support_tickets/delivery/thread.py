"""Thread mode: a background thread of each process delivers due notifications (rule O4)."""

from __future__ import annotations

import atexit
import os
import random
import threading
import time
import weakref
from collections.abc import Sequence

from flask import Flask

from ..current import current_tickets
from ..services.notifications.recipients import RECIPIENTS
from .worker import Worker

#: How often to look for due notifications: retries, delayed ones, and those of dead workers.
_POLL_SECONDS = 10.0
#: How long to wait after an event, for the response to be sent and for more events.
_GATHER_SECONDS = 0.5
#: How long the process waits at exit for a message that is being sent.
_EXIT_SECONDS = 2.0


class DeliveryThread:
    """The delivery thread of one app, which starts with the first request of a process.

    So a process that serves no requests, such as gunicorn's master or a command, has no thread.
    With ``TESTING``, or if no channel can send, there is no thread either. While it waits, the
    thread holds no reference to the app and no connection.
    """

    def __init__(self, app: Flask) -> None:
        self._app = weakref.ref(app)
        self.reset()
        _all.add(self)

    def reset(self) -> None:
        """Forget the thread. In a forked process, it does not exist, and its lock may be held."""
        self._lock = threading.Lock()
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._is_needed: bool | None = None

    def start(self) -> None:
        """Start the thread unless it is running. Called before each request."""
        if self._is_needed is False or (self._thread is not None and self._thread.is_alive()):
            return
        with self._lock:
            if self._is_needed is None:
                self._is_needed = not current_tickets.app.testing and _can_send()
            if self._is_needed and (self._thread is None or not self._thread.is_alive()):
                name = "support-tickets-delivery"
                self._thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._thread.start()

    def __call__(self, notification_ids: Sequence[int]) -> None:
        """Wake the thread, if it is running."""
        self._wake.set()

    def stop(self) -> None:
        """Tell the thread to stop after the current message."""
        self._stop.set()
        self._wake.set()

    def join(self, seconds: float) -> None:
        """Wait for the thread to end."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        self._wait(random.uniform(0, _POLL_SECONDS))  # processes do not start at the same time
        worker = Worker(self._app, should_stop=self._stop.is_set, wait=self._wait)
        worker.run(_POLL_SECONDS)

    def _wait(self, seconds: float) -> None:
        if self._wake.wait(seconds) and not self._stop.wait(_GATHER_SECONDS):
            self._wake.clear()


def _can_send() -> bool:
    channels = current_tickets.channels.values()
    return any(
        channel.targets(action, is_internal=is_internal)
        for channel in channels
        for action in RECIPIENTS
        for is_internal in (False, True)
    )


_all: weakref.WeakSet[DeliveryThread] = weakref.WeakSet()


def _reset_all() -> None:
    for each in list(_all):
        each.reset()


@atexit.register
def _stop_all() -> None:
    """Stop the threads: a daemon thread that runs during the interpreter's shutdown can crash."""
    threads = list(_all)
    for each in threads:
        each.stop()
    ends_at = time.monotonic() + _EXIT_SECONDS
    for each in threads:
        each.join(max(ends_at - time.monotonic(), 0))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_all)
