"""Deliver due notifications, at least once (rule O4)."""

from __future__ import annotations

import logging

from ..channel import Rejected
from ..current import current_tickets
from ..models.notification import Kind, NotificationState
from ..services.notifications.claims import (
    Claim,
    claim_due,
    claim_notification,
    finish,
    retry_later,
)
from ..services.notifications.contents import NotNotified
from ..services.notifications.staff import expand_to_staff, is_for_staff
from ..transaction import unit_of_work
from .digest import Digest, build_digest
from .message import Message, build_message

logger = logging.getLogger(__name__)


def deliver_due(limit: int = 20) -> int:
    """Claim and deliver up to ``limit`` due notifications, and return how many were claimed.

    Delivers nothing while the license gate is closed.
    """
    if not current_tickets.is_licensed:
        return 0
    claims = unit_of_work(claim_due, limit)
    _deliver_all(claims)
    return sum(len(claim.rows) for claim in claims)


def deliver_notification(notification_id: int) -> bool:
    """Deliver one notification now, and return False if it is not pending or is claimed."""
    if not current_tickets.is_licensed:
        return False
    claims = unit_of_work(claim_notification, notification_id)
    _deliver_all(claims)
    return bool(claims)


def _deliver_all(claims: list[Claim]) -> None:
    try:
        for claim in claims:
            deliver(claim)
    finally:
        for channel in current_tickets.channels.values():
            channel.end_batch()


def deliver(claim: Claim) -> None:
    """Deliver one claimed message and record the result. Never raises an error of a channel."""
    try:
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
