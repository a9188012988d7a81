"""Start the delivery after a commit, as defined by ``SUPPORT_TICKETS_DELIVERY``."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flask import Flask

from ..setting_parsers import Delivery
from .thread import DeliveryThread

logger = logging.getLogger(__name__)


def build_wake(app: Flask, delivery: Delivery) -> Callable[[Sequence[int]], None]:
    """Return a function to call with the ids of new notifications after their commit."""
    if delivery == "thread":
        return DeliveryThread(app)
    if callable(delivery):
        return partial(_enqueue, delivery)
    return lambda notification_ids: None


def _enqueue(function: Callable[[int], Any], notification_ids: Sequence[int]) -> None:
    """Pass each id to the host's function. Stops at an error, so a broken broker delays only once.

    ``flask support-tickets deliver`` delivers the rest.
    """
    for notification_id in notification_ids:
        try:
            function(notification_id)
        except Exception:
            logger.exception(
                "Notification %s was not enqueued. It is delivered by the next run of "
                "flask support-tickets deliver.",
                notification_id,
            )
            return
