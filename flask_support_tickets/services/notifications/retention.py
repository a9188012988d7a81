"""Delete notifications that were sent or skipped long ago (rule O4)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from ...current import current_tickets
from ...models import utc_now
from ...models.notification import NotificationState
from ..database import rows_of, run


def purge_notifications(limit: int = 500) -> int:
    """Delete up to ``limit`` sent or skipped notifications that are too old; return how many.

    Uses the index of due notifications: sent and skipped ones keep the ``due_at`` of their lease.
    """
    days = current_tickets.config.keep_notifications_days
    if days == 0:
        return 0
    table, removed = current_tickets.models.TicketNotification.__table__, 0
    for state in (NotificationState.Sent, NotificationState.Skipped):
        is_old = table.c.state == state, table.c.due_at < utc_now() - timedelta(days=days)
        oldest = select(table.c.id).where(*is_old).order_by(table.c.due_at).limit(limit - removed)
        ids = [row.id for row in rows_of(oldest)]
        if ids:
            removed += run(delete(table).where(table.c.id.in_(ids), *is_old)).rowcount
    return removed
