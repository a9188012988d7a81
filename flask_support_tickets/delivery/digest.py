"""Enqueue and build daily digests for staff (rule O7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..actor import time_zone_of
from ..current import current_tickets
from ..models import utc_now
from ..policy import user_key_of
from ..services.notifications.claims import Claim
from ..services.notifications.contents import NotNotified, get_recipient
from ..services.notifications.digests import (
    DigestContents,
    enqueue_digest,
    find_digest_readers,
    read_digest,
)
from ..transaction import unit_of_work
from ..web.locale import time_zone_for
from .message import RecipientInfo, describe_recipient

#: The hour of the day from which digests are sent, in the recipient's time zone.
_HOUR = 8


@dataclass(frozen=True)
class Digest:
    """A digest for one staff member."""

    #: The id of its notification. It is the same in every attempt.
    id: int
    created_at: datetime
    recipient: RecipientInfo
    contents: DigestContents


def enqueue_digests() -> int:
    """Enqueue today's digests that are due, and return their number."""
    if "email" not in current_tickets.channels or not current_tickets.is_licensed:
        return 0
    now, written = utc_now(), 0
    days = {user_key_of(user): _day_of(user, now) for user in find_digest_readers()}
    for user_id, day in days.items():
        if user_id is not None and day is not None:
            written += unit_of_work(enqueue_digest, user_id=user_id, day=day)
    return written


def build_digest(claim: Claim) -> Digest:
    """Read which tickets wait for the recipient now. Raises `NotNotified` if there are none."""
    first = claim.first
    user, actor = get_recipient(first.relation, first.user_id)
    contents = read_digest(actor)
    if contents is None:
        raise NotNotified("Nothing is waiting.")
    return Digest(first.id, first.created_at, describe_recipient(user, actor), contents)


def _day_of(user: Any, now: datetime) -> str | None:
    """Return the date of today's digest, or None if it is too early in the user's time zone."""
    local = now.astimezone(time_zone_for(time_zone_of(user)))
    return local.date().isoformat() if local.hour >= _HOUR else None
