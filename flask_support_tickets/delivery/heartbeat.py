"""Extend leases during delivery, even if a channel is slow (rule O4)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from flask import Flask

from ..current import current_tickets
from ..services.notifications.claims import LEASE, Claim, extend_claims
from ..transaction import unit_of_work

logger = logging.getLogger(__name__)

#: A channel that takes longer than this many heartbeats, ten minutes, loses the claim.
_BEATS_MAX = 15


@contextmanager
def heartbeat(claims: Sequence[Claim]) -> Iterator[None]:
    """Extend the leases of ``claims`` three times per lease, until the block ends."""
    app, has_ended = current_tickets.app, threading.Event()
    name = "support-tickets-heartbeat"
    thread = threading.Thread(target=_beat, args=(app, claims, has_ended), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        has_ended.set()
        thread.join()


def _beat(app: Flask, claims: Sequence[Claim], has_ended: threading.Event) -> None:
    for _ in range(_BEATS_MAX):
        if has_ended.wait(LEASE.total_seconds() / 3):
            return
        try:
            with app.app_context():
                unit_of_work(extend_claims, claims)
        except Exception:  # the next heartbeat is early enough
            logger.warning("The leases of notifications were not extended.", exc_info=True)
