"""The daily digest for staff: the tickets that are waiting (rule O7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ...actor import Actor
from ...current import current_tickets
from ...models import OPEN_STATUSES, TicketStatus, utc_now
from ...models.notification import Kind, Relation
from ...models.user_key import UserId
from ...policy import user_key_of
from ..assignees import find_user, is_active_staff, list_assignees
from ..database import rows_of
from ..idempotency import is_first_time
from ..read_models import TicketInfo
from ..tickets.listing import count_by_status, list_tickets
from ..tickets.ticket_filter import TicketFilter, TicketOrder
from .outbox import insert_notifications
from .preferences import EMAIL, is_default

#: The maximum number of tickets in a digest.
_TICKETS_MAX = 10


@dataclass(frozen=True)
class DigestContents:
    """The tickets that wait for a staff member."""

    #: The number of tickets in each status.
    counts: Mapping[TicketStatus, int]
    #: The tickets that wait for a reply, starting with the longest wait.
    waiting: tuple[TicketInfo, ...]
    waiting_count: int


def find_digest_readers() -> list[Any]:
    """Return the active staff who want a digest: by their choice, or else by default."""
    c = current_tickets.models.TicketNotificationPreference.__table__.c
    is_digest = c.kind == Kind.DIGEST, c.channel == EMAIL, c.user_id.is_not(None)
    choices = {row.user_id: row.is_enabled for row in rows_of(select(c).where(*is_digest))}
    if is_default(Kind.DIGEST, EMAIL):
        return [user for user in list_assignees() if choices.get(user_key_of(user), True)]
    users = [find_user(user_id) for user_id, is_enabled in choices.items() if is_enabled]
    return [user for user in users if user is not None and is_active_staff(user)]


def enqueue_digest(*, user_id: UserId, day: str) -> bool:
    """Enqueue a user's digest for a ``day``. Return False if this was done before."""
    if not is_first_time(user_id, "digest", day):
        return False
    now = utc_now()
    row = {
        "user_id": user_id,
        "kind": Kind.DIGEST,
        "relation": Relation.STAFF,
        "channel": EMAIL,
        "ticket_id": None,
        "event_id": None,
        "due_at": now,
        "created_at": now,
    }
    insert_notifications([row])
    return True


def read_digest(actor: Actor) -> DigestContents | None:
    """Return the tickets that wait for ``actor``, or None if there are none."""
    criteria = TicketFilter(statuses=OPEN_STATUSES, order=TicketOrder.WAITING)
    found = list_tickets(actor=actor, criteria=criteria, page_size=_TICKETS_MAX)
    if not found.items:
        return None
    counts = count_by_status(actor=actor)
    return DigestContents(counts, tuple(found.items), found.total_count)
