"""Per-user quotas, checked in the transaction that adds a ticket or comment (rule Q1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from ..actor import Actor
from ..current import current_tickets
from ..errors import TooManyRequests
from ..i18n import ngettext
from ..models import OPEN_STATUSES
from .database import dialect_name, run

_HOUR = timedelta(hours=1)
#: The value of ``Retry-After`` if a user has too many open tickets.
_RETRY_SECONDS = 3_600


def check_open_ticket_quota(actor: Actor) -> None:
    """Raise `TooManyRequests` if a new ticket exceeds ``MAX_OPEN_TICKETS_PER_USER``.

    Call this after adding the ticket. New and InProgress tickets count as open. Staff are exempt.
    """
    limit = current_tickets.config.max_open_tickets_per_user
    if not limit or actor.is_staff:
        return
    c = current_tickets.models.Ticket.__table__.c
    is_open = c.status.in_(OPEN_STATUSES)
    query = select(func.count()).where(c.user_id == actor.id, is_open)
    if run(_committed(query)).scalar_one() > limit:
        message = ngettext(
            "You already have %(limit)d open ticket. You can open another once it's resolved.",
            "You already have %(limit)d open tickets. You can open another "
            "once one of them is resolved.",
            limit,
        )
        raise TooManyRequests(message % {"limit": limit}, retry_after_seconds=_RETRY_SECONDS)


def check_comment_quota(actor: Actor, at: datetime) -> None:
    """Raise `TooManyRequests` if a new comment exceeds ``COMMENTS_PER_HOUR``.

    Call this after adding the comment. The error says how many seconds to wait. Staff are exempt.
    """
    limit = current_tickets.config.comments_per_hour
    if not limit or actor.is_staff:
        return
    c = current_tickets.models.TicketComment.__table__.c
    is_public = ~c.is_internal
    recent = select(c.created_at).where(c.user_id == actor.id, is_public, c.created_at > at - _HOUR)
    excess = recent.order_by(c.created_at.desc()).offset(limit).limit(1)
    oldest = run(_committed(excess)).scalar()
    if oldest is not None:
        wait = oldest + _HOUR - datetime.now(UTC)
        message = ngettext(
            "You can send up to %(limit)d reply per hour. Please try again later.",
            "You can send up to %(limit)d replies per hour. Please try again later.",
            limit,
        )
        seconds = max(1, int(wait.total_seconds()) + 1)
        raise TooManyRequests(message % {"limit": limit}, retry_after_seconds=seconds)


def lock_quotas(actor: Actor) -> None:
    """Serialize concurrent requests from the same user if there is a quota.

    SQLite ignores the lock, because it allows only one writer at a time.
    """
    config = current_tickets.config
    if actor.is_staff or not (config.max_open_tickets_per_user or config.comments_per_hour):
        return
    user_key = current_tickets.models.user_key
    query: Any = select(user_key.column).where(user_key.column == actor.id).with_for_update()
    current_tickets.session.execute(query)


def _committed(query: Select[Any]) -> Select[Any]:
    """Make MariaDB read the latest committed rows instead of its snapshot."""
    is_mariadb = dialect_name() in ("mysql", "mariadb")
    return query.with_for_update(read=True) if is_mariadb else query
