"""Preferences for notifications: the defaults, and the choices of users (rule O5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select

from ...actor import Actor
from ...current import current_tickets
from ...models.notification import PERSONAL_KINDS, Kind
from ..access import require_id
from ..database import dialect_name, rows_of, run, upsert

#: The channel that is used by default.
EMAIL = "email"
#: The kinds that only staff get.
_STAFF_KINDS = frozenset({Kind.ASSIGNED, Kind.NOTE, Kind.DIGEST})

#: A kind and the name of a channel.
Choice = tuple[str, str]


def is_default(kind: str, channel: str) -> bool:
    """Return whether users who have not chosen get this ``kind`` of notification by ``channel``."""
    notify = current_tickets.config.notify
    if notify is None:
        return channel == EMAIL and kind != Kind.DIGEST
    return channel in notify.get(kind, ())


def get_choices(user_id: Any) -> Mapping[Choice, bool]:
    """Return the user's choices, by kind and channel."""
    c = current_tickets.models.TicketNotificationPreference.__table__.c
    rows = rows_of(select(c.kind, c.channel, c.is_enabled).where(c.user_id == user_id))
    return {(row.kind, row.channel): row.is_enabled for row in rows}


def personal_channels() -> list[str]:
    """Return the names of the channels that can notify users now."""
    channels = current_tickets.channels.items()
    return [
        name
        for name, channel in channels
        if channel.is_personal and channel.targets("Comment", is_internal=False)
    ]


def list_preferences(*, actor: Actor) -> dict[Kind, dict[str, bool]]:
    """Return whether ``actor`` gets each kind of notification by each channel."""
    choices, channels = get_choices(actor.id), personal_channels()
    kinds = [kind for kind in PERSONAL_KINDS if actor.is_staff or kind not in _STAFF_KINDS]
    return {
        kind: {
            name: choices.get((kind, name), is_default(kind, name))
            for name in channels
            if kind is not Kind.DIGEST or name == EMAIL
        }
        for kind in kinds
    }


def save_preferences(*, actor: Actor, enabled: Collection[Choice]) -> None:
    """Save which of the `list_preferences` are enabled. Unknown ones in ``enabled`` are ignored."""
    require_id(actor)
    shown = list_preferences(actor=actor)
    choices = [(kind, channel) for kind, channels in shown.items() for channel in channels]
    _store(actor.id, {choice: choice in enabled for choice in choices})


def stop_emails(*, user_id: Any) -> None:
    """Disable all notifications by email for a user, who need not be signed in."""
    _store(user_id, {(kind, EMAIL): False for kind in PERSONAL_KINDS})


def _store(user_id: Any, choices: Mapping[Choice, bool]) -> None:
    table = current_tickets.models.TicketNotificationPreference.__table__
    keys, columns = ("user_id", "kind", "channel"), ("is_enabled",)
    statement = upsert(table, dialect_name(), keys, columns, lambda _old, new: new)
    rows = [
        {"user_id": user_id, "kind": str(kind), "channel": channel, "is_enabled": is_enabled}
        for (kind, channel), is_enabled in sorted(choices.items())
    ]
    if rows:
        run(statement, rows)
