"""The address that replies to an email go to."""

from __future__ import annotations

from ..message import Message


def reply_to_for(message: Message) -> str | None:
    """Return the address at which a reply becomes a comment, or None if there is none."""
    return None
