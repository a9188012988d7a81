"""The link that stops emails like this one."""

from __future__ import annotations

from ..message import Message


def unsubscribe_url_for(message: Message) -> str | None:
    """Return the URL that unsubscribes the recipient with one POST, or None if there is none."""
    return None
