"""The labels of notification kinds, channels and states."""

from __future__ import annotations

from ..i18n import lazy_gettext
from ..models.notification import Kind, NotificationState

_KINDS = {
    Kind.OPENED: lazy_gettext("You open a ticket (a receipt)"),
    Kind.REPLY: lazy_gettext("Someone replies to your ticket"),
    Kind.STATUS: lazy_gettext("The status of your ticket changes"),
    Kind.ASSIGNED: lazy_gettext("A ticket is assigned to you"),
    Kind.NOTE: lazy_gettext("Someone adds an internal note to a ticket assigned to you"),
    Kind.DIGEST: lazy_gettext("Tickets are waiting (a daily digest)"),
}
#: The labels for staff, who are also notified of the tickets that they work on.
_STAFF_KINDS = {
    Kind.OPENED: lazy_gettext("A ticket is opened"),
    Kind.REPLY: lazy_gettext("Someone replies to a ticket that you work on"),
    Kind.STATUS: lazy_gettext("A requester reopens or withdraws a ticket"),
}
_CHANNELS = {"email": lazy_gettext("Email"), "webhook": "Webhook", "chat": lazy_gettext("Chat")}
_STATES = {
    NotificationState.Pending: lazy_gettext("Pending"),
    NotificationState.Sent: lazy_gettext("Sent"),
    NotificationState.Failed: lazy_gettext("Failed"),
    NotificationState.Skipped: lazy_gettext("Skipped"),
}


def kind_label(kind: Kind, *, is_staff: bool) -> str:
    """Return when a kind of notification is sent, such as ``A ticket is assigned to you``."""
    return str((_STAFF_KINDS if is_staff else {}).get(kind) or _KINDS[kind])


def channel_label(name: str) -> str:
    """Return the label of a channel. For one of the host's own, this is its name."""
    return str(_CHANNELS.get(name, name))


def state_label(state: int) -> str:
    """Return the label of a notification's state, such as ``Failed``."""
    return str(_STATES[NotificationState(state)])
