"""The address that stops all emails to their recipient (rule O5)."""

from __future__ import annotations

from ...web.unsubscribe_token import make_token
from ..links import build_url
from ..message import Message


def unsubscribe_url_for(message: Message) -> str | None:
    """Return the URL that unsubscribes the recipient with one POST, or None if there is none."""
    if message.recipient is None:
        return None
    token = make_token(message.recipient.user_id)
    return build_url("support_tickets_links.unsubscribe", token=token)
