"""The content of an email about a ticket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...current import current_tickets
from ...i18n import gettext
from ...models.notification import Relation
from ...models.priority import TicketPriority, priority_label
from ...models.status import TicketStatus, status_label
from ...services.attachments.uploads import readable_size
from ...services.read_models import AttachmentInfo, EventInfo
from ...web.event_text import Piece, event_pieces
from ..links import ticket_url
from ..message import Message


@dataclass(frozen=True)
class Item:
    """One event: the sentence about it, and its text and files."""

    event: EventInfo
    pieces: list[Piece]
    #: The comment, or the description of a new ticket.
    text: str | None
    #: The names of the files, and the URLs of the links.
    files: list[str]


def notification_context(message: Message) -> dict[str, Any]:
    """Return the template context, in the current language."""
    items = [_item(message, event) for event in message.events]
    is_receipt = message.relation is Relation.REQUESTER and message.events[0].action == "Open"
    return {
        "ticket": message.ticket,
        "items": items,
        "headline": _headline(items, is_receipt),
        "intro": _intro() if is_receipt else None,
        "facts": _facts(message),
        "outro": _outro(message),
        "url": ticket_url(message),
        "reason": _reason(message.relation),
    }


def _item(message: Message, event: EventInfo) -> Item:
    source: Any = message.ticket if event.action == "Open" else None
    text = message.ticket.description if event.action == "Open" else None
    if event.comment_id is not None and event.comment_id in message.comments:
        source = message.comments[event.comment_id]
        text = source.text
    files = [_name_of(each) for each in source.attachments] if source else []
    return Item(event, event_pieces(event), text, files)


def _name_of(attachment: AttachmentInfo) -> str:
    if attachment.url is not None:
        return attachment.url
    return f"{attachment.filename} ({readable_size(attachment.size or 0)})"


def _headline(items: list[Item], is_receipt: bool) -> list[Piece]:
    """Return the sentence about the newest comment, or else about the newest event."""
    if is_receipt:
        return [Piece(gettext("Thanks, we've got your ticket"), False)]
    written = [item for item in items if item.text is not None]
    return (written or items)[-1].pieces


def _intro() -> str:
    return gettext(
        "We'll email you when we reply. You can change the ticket until someone picks it up."
    )


def _facts(message: Message) -> list[tuple[str, str]]:
    """Return labels and values; for staff, also those that help to triage the ticket."""
    ticket = message.ticket
    facts = [(gettext("Status"), status_label(ticket.status))]
    if message.relation is not Relation.REQUESTER:
        facts.append((gettext("Requester"), ticket.user_name))
        if ticket.department:
            facts.append((gettext("Department"), ticket.department))
        if ticket.priority != TicketPriority.Normal:
            facts.append((gettext("Priority"), priority_label(ticket.priority)))
    return facts


def _outro(message: Message) -> str | None:
    """Return what the requester can do about a Resolved or Closed ticket, or None."""
    if message.relation is not Relation.REQUESTER:
        return None
    if message.ticket.status == TicketStatus.Closed:
        return gettext("This ticket is closed. If you still need help, open a new one.")
    if message.ticket.status == TicketStatus.Resolved and current_tickets.config.allow_reopen:
        return gettext("Still not working? Open the ticket and choose “Send and reopen”.")
    return None


def _reason(relation: Relation) -> str:
    return {
        Relation.REQUESTER: gettext("You get this email because you opened this ticket."),
        Relation.ASSIGNEE: gettext("You get this email because this ticket is assigned to you."),
    }.get(relation, gettext("You get this email because you're on the support team."))
