"""Deliver due notifications, at least once (rule O4)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from ..channel import Rejected
from ..current import current_tickets
from ..models.notification import Kind, NotificationState
from ..services.notifications.claims import (
    ATTEMPTS_MAX,
    Claim,
    claim_due,
    claim_notification,
    finish,
    has_due,
    release,
    retry_later,
    seconds_until_due,
)
from ..services.notifications.contents import NotNotified
from ..services.notifications.staff import expand_to_staff, is_for_staff
from ..transaction import unit_of_work
from .digest import Digest, build_digest
from .heartbeat import heartbeat
from .message import Message, build_message

logger = logging.getLogger(__name__)

#: How long a worker keeps claimed messages that it has not sent yet.
BATCH_SECONDS = 10.0
_LONGEST_WAIT_SECONDS = 900.0


def deliver_due(limit: int = 20, *, should_stop: Callable[[], bool] = lambda: False) -> int:
    """Claim and deliver up to ``limit`` due notifications, and return how many were processed.

    Stops between two messages when ``should_stop`` returns True or after ten seconds, and releases
    the others. Delivers nothing while the license gate is closed. Uses its own app context and
    session.
    """
    with current_tickets.app.app_context():
        if not has_due() or not current_tickets.is_licensed:
            return 0
        return _deliver_all(unit_of_work(claim_due, limit), should_stop)


def deliver_notification(notification_id: int) -> float | None:
    """Deliver one notification if it is due. Uses its own app context and session.

    Returns None if nothing is left to do. Otherwise, returns the number of seconds, at most 15
    minutes, to wait before the next call: the notification waits for others, another worker
    delivers it, or the attempt failed. Returns None while the license gate is closed; ``deliver``
    delivers the notification later.
    """
    with current_tickets.app.app_context():
        if not current_tickets.is_licensed:
            return None
        _deliver_all(unit_of_work(claim_notification, notification_id))
        current_tickets.session.rollback()  # do not read from an old snapshot
        seconds = seconds_until_due(notification_id)
        return None if seconds is None else min(seconds + 0.1, _LONGEST_WAIT_SECONDS)


def _deliver_all(claims: list[Claim], should_stop: Callable[[], bool] = lambda: False) -> int:
    """Deliver claims, or release them once it is time to stop. Return the number delivered."""
    ends_at, count = time.monotonic() + BATCH_SECONDS, 0
    try:
        with heartbeat(claims):
            for number, claim in enumerate(claims):
                if number and (should_stop() or time.monotonic() > ends_at):
                    unit_of_work(release, claims[number:])
                    break
                deliver(claim)
                count += len(claim.rows)
    finally:
        for channel in current_tickets.channels.values():
            channel.end_batch()
    return count


def deliver(claim: Claim) -> None:
    """Deliver one claimed message and record the result. Never raises the errors of channels."""
    try:
        if claim.first.attempts > ATTEMPTS_MAX:
            raise Rejected("All workers that tried to deliver it died.")
        if is_for_staff(claim.first):
            unit_of_work(expand_to_staff, claim)
            return
        is_digest = claim.first.kind == Kind.DIGEST
        message = build_digest(claim) if is_digest else build_message(claim)
        _send(claim, message)
    except NotNotified as error:
        unit_of_work(finish, claim, NotificationState.Skipped, reason=str(error))
    except Rejected as error:
        unit_of_work(retry_later, claim, _describe(error), is_final=True)
    except Exception as error:
        logger.warning("Notification %s was not delivered.", claim.first.id, exc_info=True)
        current_tickets.session.rollback()
        unit_of_work(retry_later, claim, _describe(error))
    else:
        unit_of_work(finish, claim, NotificationState.Sent)


def _send(claim: Claim, message: Message | Digest) -> None:
    channel = current_tickets.channels.get(claim.first.channel)
    if channel is None:
        raise Rejected(f"There is no channel {claim.first.channel!r}.")
    current_tickets.session.rollback()  # no transaction stays open while the channel waits
    channel.send(message)


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
