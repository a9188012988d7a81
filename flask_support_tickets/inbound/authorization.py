"""Determine the sender of a reply by mail, and its ticket (rule O6)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..actor import Actor, email_of
from ..current import current_tickets
from ..delivery.mail.reply_address import ReplyToken, find_tokens, read_token
from ..errors import NotFound
from ..mail_settings import is_same_address
from ..policy import user_key_of
from ..services.notifications.contents import NotNotified, get_recipient
from ..services.notifications.mail_replies import ReplyTarget, find_reply_target
from ..services.read_models import TicketInfo
from ..services.tickets.queries import get_ticket
from .headers import Headers

logger = logging.getLogger(__name__)

_TOKENS_MAX = 10


@dataclass(frozen=True)
class Addressee:
    """The recipient of a notification, who can still see the ticket."""

    target: ReplyTarget
    user: Any
    actor: Actor
    ticket: TicketInfo
    #: Whether a reply is an internal note.
    is_internal: bool


def tokens_in(headers: Headers, recipient: str | None) -> list[ReplyToken]:
    """Return the valid tokens in the addresses to which the email was sent."""
    values = [recipient, *headers.recipients()] if recipient else [*headers.recipients()]
    found = dict.fromkeys(token for value in values for token in find_tokens(value))
    return [token for text in list(found)[:_TOKENS_MAX] if (token := read_token(text))]


def find_addressees(tokens: list[ReplyToken]) -> Iterator[Addressee]:
    """Yield the recipients that the tokens identify, unless they have lost access."""
    for token in tokens:
        target = find_reply_target(token.notification_id)
        if target is None:
            continue
        try:
            user, actor = get_recipient(target.relation, target.user_id)
            ticket = get_ticket(actor=actor, ticket_id=target.ticket_id)
        except (NotNotified, NotFound):
            continue
        if actor.sees_internal or not token.is_internal:
            yield Addressee(target, user, actor, ticket, token.is_internal)


def is_from(user: Any, sender: str) -> bool:
    """Return whether ``sender`` is an address of the user, according to the policy."""
    address = email_of(user)
    if address is not None and is_same_address(address, sender):
        return True
    try:
        found = current_tickets.policy.find_user_by_email(sender)
    except Exception:
        logger.exception("Policy.find_user_by_email failed.")
        return False
    return found is not None and user_key_of(found) == user_key_of(user)
