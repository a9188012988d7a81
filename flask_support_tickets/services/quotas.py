"""Quotas per user, checked in the transaction that adds to them (rule Q1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from ..actor import Actor
from ..current import current_tickets
from ..errors import TooManyRequests
from ..i18n import ngettext
from ..models import TicketStatus
from .database import dialect_name

_HOUR = timedelta(hours=1)
#: When to look again whether a ticket was resolved, in seconds.
_LOOK_AGAIN_SECONDS = 3_600


def check_open_ticket_quota(actor: Actor) -> None:
    """Refuse a ticket, just added, beyond ``SUPPORT_TICKETS_MAX_OPEN_TICKETS_PER_USER``.

    New and InProgress count as open. Raises `TooManyRequests`; staff are not held to it.
    """
    limit = current_tickets.config.max_open_tickets_per_user
    if not limit or actor.is_staff:
        return
    model = current_tickets.models.Ticket
    open_statuses = (TicketStatus.New, TicketStatus.InProgress)
    query = select(func.count()).where(model.user_id == actor.id, model.status.in_(open_statuses))
    if current_tickets.session.scalar(_afresh(query)) > limit:
        message = ngettext(
            "You have %(limit)d open ticket; wait until it is resolved.",
            "You have %(limit)d open tickets; wait until one of them is resolved.",
            limit,
        )
        raise TooManyRequests(message % {"limit": limit}, retry_after_seconds=_LOOK_AGAIN_SECONDS)


def check_comment_quota(actor: Actor, at: datetime) -> None:
    """Refuse a comment, just added, beyond ``SUPPORT_TICKETS_COMMENTS_PER_HOUR``.

    Raises `TooManyRequests` with the seconds until one more is possible; staff are not held to it.
    """
    limit = current_tickets.config.comments_per_hour
    if not limit or actor.is_staff:
        return
    model = current_tickets.models.TicketComment
    is_recent = model.user_id == actor.id, model.created_at > at - _HOUR
    recent = select(model.created_at).where(*is_recent)
    # The one that has to grow old before one more is possible: the limit counts this one, too.
    overdue = recent.order_by(model.created_at.desc()).offset(limit).limit(1)
    oldest = current_tickets.session.scalar(_afresh(overdue))
    if oldest is not None:
        wait = oldest + _HOUR - datetime.now(UTC)
        message = ngettext(
            "You may write %(limit)d comment an hour; wait a little.",
            "You may write %(limit)d comments an hour; wait a little.",
            limit,
        )
        seconds = max(1, int(wait.total_seconds()) + 1)
        raise TooManyRequests(message % {"limit": limit}, retry_after_seconds=seconds)


def lock_quotas(actor: Actor) -> None:
    """Let simultaneous requests of one user count one after the other, where a quota is set.

    SQLite ignores the lock: there, a transaction that has written is alone anyway.
    """
    config = current_tickets.config
    if actor.is_staff or not (config.max_open_tickets_per_user or config.comments_per_hour):
        return
    user_key = current_tickets.models.user_key
    query: Any = select(user_key.column).where(user_key.column == actor.id).with_for_update()
    current_tickets.session.execute(query)


def _afresh(query: Select[Any]) -> Select[Any]:
    """Let MariaDB count what is committed by now, not what its snapshot still shows."""
    is_mariadb = dialect_name() in ("mysql", "mariadb")
    return query.with_for_update(read=True) if is_mariadb else query
