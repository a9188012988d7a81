"""Turn a notification to all staff into one for each staff member."""

from __future__ import annotations

from typing import Any

from ...current import current_tickets
from ...models import utc_now
from ...models.notification import Kind, NotificationState, Relation
from ...policy import user_key_of
from ..assignees import find_user, is_active_staff, list_assignees
from .claims import Claim, finish
from .outbox import insert_notifications

#: The kinds that someone must act on even if the assignee is gone.
_NEEDS_SOMEBODY = frozenset({Kind.REPLY, Kind.STATUS})


def is_for_staff(notification: Any) -> bool:
    """Return whether the notification is for all staff, or its assignee can no longer act on it.

    All staff replace an assignee who was deleted or deactivated, or is no longer staff.
    """
    if notification.relation == Relation.STAFF:
        return notification.user_id is None
    if notification.relation != Relation.ASSIGNEE or notification.kind not in _NEEDS_SOMEBODY:
        return False
    user = find_user(notification.user_id)
    return user is None or not is_active_staff(user)


def expand_to_staff(claim: Claim) -> None:
    """Write a notification for each staff member except the author, and finish the claim.

    Runs in a unit of work. If another worker has taken over the claim, nothing is written.
    """
    if not finish(claim, NotificationState.Sent):
        return
    event = current_tickets.models.TicketEvent
    staff_ids = [user_key_of(user) for user in list_assignees()]
    for row in claim.rows:
        author_id = current_tickets.session.get_one(event, row.event_id).user_id
        common = {
            "ticket_id": row.ticket_id,
            "event_id": row.event_id,
            "kind": row.kind,
            "relation": Relation.STAFF,
            "channel": row.channel,
            "due_at": utc_now(),
            "created_at": row.created_at,
        }
        rows = [{**common, "user_id": each} for each in staff_ids if each != author_id]
        if rows:
            insert_notifications(rows)
