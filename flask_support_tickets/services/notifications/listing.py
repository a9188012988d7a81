"""List notifications for staff, and retry failed ones (rule O4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from ...actor import Actor
from ...current import current_tickets
from ...errors import NotAllowed
from ...models import utc_now
from ...models.notification import NotificationState
from ..access import scope_of, visible_tickets
from ..database import rows_of, run
from ..pagination import COUNT_MAX, Page
from ..user_names import get_user_names
from .claims import retry_failed

#: Staff are warned if a notification is overdue for longer than this.
OVERDUE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class NotificationInfo:
    """A notification in the list for staff."""

    id: int
    ticket_id: int | None
    kind: str
    relation: str
    channel: str
    state: int
    attempts: int
    due_at: datetime
    last_error: str | None
    created_at: datetime
    finished_at: datetime | None
    user_id: Any
    #: The recipient's name; None for all staff, for targets, and for deleted users.
    user_name: str | None


def list_notifications(
    *, actor: Actor, state: NotificationState | None = None, page: int = 1, page_size: int = 50
) -> Page[NotificationInfo]:
    """Return a page of the notifications about tickets that ``actor`` can see, newest first.

    Raises `NotAllowed` without the permission ``notifications``.
    """
    table = current_tickets.models.TicketNotification.__table__
    conditions = _conditions(actor, state)
    columns = [table.c[name] for name in NotificationInfo.__slots__ if name in table.c]
    query = select(*columns).where(*conditions).order_by(table.c.id.desc())
    rows = rows_of(query.offset((page - 1) * page_size).limit(page_size + 1))
    some = select(table.c.id).where(*conditions).limit(COUNT_MAX + 1).subquery()
    count = int(run(select(func.count()).select_from(some)).scalar_one())
    names = get_user_names({row.user_id for row in rows} - {None}, actor)
    items = [
        NotificationInfo(**row._asdict(), user_name=names.get(row.user_id))
        for row in rows[:page_size]
    ]
    is_capped = count > COUNT_MAX
    return Page(items, min(count, COUNT_MAX), len(rows) > page_size, is_capped=is_capped)


def retry_notifications(*, actor: Actor, ids: Sequence[int] | None = None) -> int:
    """Make failed notifications due again, all of them or those with ``ids``; return how many.

    Raises `NotAllowed` without the permission ``notifications``.
    """
    return retry_failed(ids, *_conditions(actor, None))


def has_overdue_notifications() -> bool:
    """Return whether a notification is overdue by more than 15 minutes. Runs one query."""
    channels = current_tickets.channels.values()
    if not any(each.targets("Open", is_internal=False) for each in channels):
        return False  # the app sends no notifications
    c = current_tickets.models.TicketNotification.__table__.c
    is_overdue = c.state == NotificationState.Pending, c.due_at < utc_now() - OVERDUE
    return run(select(c.id).where(*is_overdue).limit(1)).first() is not None


def _conditions(actor: Actor, state: NotificationState | None) -> list[ColumnElement[bool]]:
    if "notifications" not in actor.permissions:
        raise NotAllowed
    c = current_tickets.models.TicketNotification.__table__.c
    conditions = [] if state is None else [c.state == state]
    if not scope_of(actor).is_all:
        conditions.append(or_(c.ticket_id.is_(None), c.ticket_id.in_(visible_tickets(actor))))
    return conditions
