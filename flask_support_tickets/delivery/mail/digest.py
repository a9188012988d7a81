"""The email with a daily digest (rule O7)."""

from __future__ import annotations

from email.message import EmailMessage

from ...i18n import gettext, ngettext
from ...mail_settings import Sender
from ...models.status import OPEN_STATUSES, status_label
from ...services.notifications.contents import NotNotified
from ..digest import Digest
from ..links import build_url, staff_url
from .compose import Headers, compose, make_id, shared_context
from .rendering import render, use_recipient_language
from .unsubscribe import unsubscribe_url_for


def compose_digest(digest: Digest, sender: Sender) -> EmailMessage:
    """Return the email for a digest. Raises `NotNotified` if the user has no address."""
    recipient, contents = digest.recipient, digest.contents
    if recipient.email is None:
        raise NotNotified("The user has no email address.")
    with use_recipient_language(recipient):
        count = contents.waiting_count
        headline = ngettext("%(count)s ticket is waiting", "%(count)s tickets are waiting", count)
        headline %= {"count": count}
        headers = Headers(
            subject=f"[{sender.name}] {headline}" if sender.name else headline,
            message_id=make_id(sender, digest.id, digest.created_at.isoformat()),
            unsubscribe_url=unsubscribe_url_for(recipient),
        )
        context = {
            "headline": headline,
            "facts": [(status_label(each), contents.counts[each]) for each in OPEN_STATUSES],
            "tickets": [
                (ticket, staff_url("details_view", ticket_id=ticket.id))
                for ticket in contents.waiting
            ],
            "url": staff_url("index_view", order="waiting"),
            "settings_url": build_url("support_tickets_pages.edit_notifications"),
            "reason": gettext("You get this email because your daily digest is on."),
        }
        content = render("digest", recipient, {**shared_context(sender, headers), **context})
    return compose(recipient, sender, headers, content)
