"""Tell senders by email why their reply did not become a comment."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

from ..current import current_tickets
from ..delivery.links import build_url, ticket_page_url
from ..delivery.mail.compose import Headers, compose, make_id, shared_context, subject_of
from ..delivery.mail.rendering import render
from ..delivery.mail.sender import find_sender
from ..delivery.mail.transports import open_transport
from ..delivery.message import describe_recipient
from ..i18n import gettext
from ..mail_settings import Sender
from ..models import TicketStatus
from ..models.notification import Relation
from ..services.notifications.undeliverable import find_undeliverable
from .authorization import Addressee

logger = logging.getLogger(__name__)

_MESSAGE_ID = re.compile(r"<[!-;=?-~]{3,250}>")


def send_answer(addressee: Addressee, problems: Sequence[str], *, message_id: str) -> bool:
    """Send an email with the reasons and a link. Return False if it could not be sent.

    It is sent to the address from the policy, never to one from the received email.
    """
    recipient = describe_recipient(addressee.user, addressee.actor)
    sender, transport = find_sender(), open_transport()
    if sender is None or transport is None or recipient.email is None:
        return False
    if find_undeliverable(recipient.email) is not None:
        return False
    try:
        headers = _headers(addressee, sender, message_id)
        content = render("answer", recipient, _context(addressee, sender, headers, problems))
        current_tickets.session.rollback()  # no transaction stays open while the server responds
        transport.send(compose(recipient, sender, headers, content))
    except Exception:
        logger.warning("An email could not be answered.", exc_info=True)
        return False
    finally:
        transport.close()
    return True


def _headers(addressee: Addressee, sender: Sender, message_id: str) -> Headers:
    ticket = addressee.ticket
    name = f"answer-{ticket.id}"
    parts = message_id, str(addressee.target.user_id), ticket.created_at.isoformat()
    return Headers(
        subject=subject_of(ticket.id, ticket.subject, sender),
        message_id=make_id(sender, name, *parts),
        thread_id=message_id if _MESSAGE_ID.fullmatch(message_id) else None,
        is_answer=True,
    )


def _context(
    addressee: Addressee, sender: Sender, headers: Headers, problems: Sequence[str]
) -> dict[str, object]:
    ticket, relation = addressee.ticket, addressee.target.relation
    is_requester = relation is Relation.REQUESTER
    is_closed = is_requester and ticket.status == TicketStatus.Closed
    return {
        **shared_context(sender, headers),
        "ticket": ticket,
        "problems": problems,
        "is_new": is_requester and ticket.status == TicketStatus.New,
        "url": ticket_page_url(relation, ticket.id),
        "new_ticket_url": build_url("support_tickets_pages.new_ticket") if is_closed else None,
        "reason": gettext("You get this email because you replied to an email about this ticket."),
    }
