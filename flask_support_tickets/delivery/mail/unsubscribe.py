"""The URL that stops all emails to a recipient (rule O5)."""

from __future__ import annotations

from ...web.unsubscribe_token import make_token
from ..links import build_url
from ..message import RecipientInfo


def unsubscribe_url_for(recipient: RecipientInfo) -> str | None:
    """Return the URL that unsubscribes ``recipient`` with one POST, or None without a base URL."""
    return build_url("support_tickets_links.unsubscribe", token=make_token(recipient.user_id))
