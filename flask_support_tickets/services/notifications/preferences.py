"""Which notifications a user gets: the defaults, and the user's own choices (rule O5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from ...current import current_tickets
from ...models.notification import Kind
from ..database import rows_of

#: The channel that is used by default.
_DEFAULT_CHANNEL = "email"


def is_default(kind: str, channel: str) -> bool:
    """Return whether users who have not chosen get this ``kind`` of notification by ``channel``."""
    notify = current_tickets.config.notify
    if notify is None:
        return channel == _DEFAULT_CHANNEL and kind != Kind.DIGEST
    return channel in notify.get(kind, ())


def get_choices(user_id: Any) -> Mapping[tuple[str, str], bool]:
    """Return the user's choices that differ from the defaults, by kind and channel."""
    c = current_tickets.models.TicketNotificationPreference.__table__.c
    rows = rows_of(select(c.kind, c.channel, c.is_enabled).where(c.user_id == user_id))
    return {(row.kind, row.channel): row.is_enabled for row in rows}
