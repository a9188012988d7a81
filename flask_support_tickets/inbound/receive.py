"""Receive an email: turn it into a comment, refuse it, or drop it (rule O6)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from ..actor import locale_of
from ..current import current_tickets
from ..errors import ConfigurationError, DomainError, NotFound, StorageFull, Unavailable
from ..i18n import gettext, use_language
from ..services.attachments.uploads import with_files
from ..services.notifications.mail_replies import (
    find_received,
    is_over_mail_limit,
    record_mail,
    reply_by_mail,
)
from ..transaction import roll_back_after, unavailable_error, unit_of_work
from ..web.locale import language_for
from .answers import send_answer
from .authorization import Addressee, find_addressees, is_from, tokens_in
from .automatic import has_failed_authentication, is_automatic, is_report
from .bounces import record_bounce
from .headers import Headers, mark_of
from .parts import Unreadable

if TYPE_CHECKING:
    from .content import Content

logger = logging.getLogger(__name__)

#: Larger emails are refused.
MESSAGE_MAX_BYTES = 50 * 1024 * 1024


class Reason(StrEnum):
    """Why an email did not become a comment. The codes of domain errors are also reasons."""

    #: It was not sent to one of our reply addresses that is still valid.
    UNKNOWN_ADDRESS = "unknown_address"
    #: The sender is not the recipient of the notification.
    WRONG_SENDER = "wrong_sender"
    #: The mail server says that the sender is forged.
    NOT_AUTHENTICATED = "not_authenticated"
    AUTOMATIC = "automatic"
    #: It was received before.
    DUPLICATE = "duplicate"
    #: The sender has sent too many emails within an hour.
    TOO_MANY = "too_many"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    NO_TEXT = "no_text"


@dataclass(frozen=True)
class ReceivedMail:
    """The result of receiving an email. Do not show it to the sender."""

    #: The comment that it became, or None.
    comment_id: int | None = None
    #: A `Reason` or the code of a `DomainError`, or None if it became a comment.
    reason: str | None = None
    #: Whether an email with the reason was sent to the sender.
    is_answered: bool = False


def receive_mail(message: bytes, *, recipient: str | None = None) -> ReceivedMail:
    """Turn a reply by mail into a comment. ``message`` is a whole email (RFC 5322).

    ``recipient`` is the address from the envelope, in case the headers lack it. Malformed and
    hostile emails never raise an error. Raises `Unavailable` or `StorageFull` if the same call can
    succeed later, and `ConfigurationError` without ``SUPPORT_TICKETS_REPLY_ADDRESS``.
    """
    if current_tickets.config.reply_address is None:
        raise ConfigurationError("Set SUPPORT_TICKETS_REPLY_ADDRESS to receive replies by mail.")
    if not current_tickets.is_licensed:
        raise Unavailable
    try:
        received = _receive(message, recipient)
    except DBAPIError as error:
        roll_back_after(error)
        raise unavailable_error(error) or error from error
    logger.info("Email received: %s.", received)
    return received


def _receive(raw: bytes, recipient: str | None) -> ReceivedMail:
    headers = Headers(raw)
    tokens = tokens_in(headers, recipient)
    addressees = [*find_addressees(tokens)]
    if is_report(headers):
        for each in addressees:
            record_bounce(raw, each.user)
    if is_automatic(headers):
        return ReceivedMail(reason=Reason.AUTOMATIC)
    if not addressees:
        return ReceivedMail(reason=Reason.UNKNOWN_ADDRESS)
    sender = headers.sender
    found = next((each for each in addressees if sender and is_from(each.user, sender)), None)
    if found is None:
        return ReceivedMail(reason=Reason.WRONG_SENDER)
    if has_failed_authentication(headers):
        return ReceivedMail(reason=Reason.NOT_AUTHENTICATED)
    mark = mark_of(headers, raw)
    if (previous := find_received(found.actor, mark)) is not None:
        return ReceivedMail(comment_id=previous.comment_id, reason=Reason.DUPLICATE)
    if is_over_mail_limit(found.actor):
        logger.warning("User %s sends too many emails.", found.target.user_id)
        return ReceivedMail(reason=Reason.TOO_MANY)
    with use_language(language_for(locale_of(found.user))):
        return _process(raw, headers, found, mark)


def _process(raw: bytes, headers: Headers, addressee: Addressee, mark: str) -> ReceivedMail:
    """Process an email from the recipient of the notification."""
    if len(raw) > MESSAGE_MAX_BYTES:
        problem = gettext("The email is too large.")
        return _refuse(headers, addressee, mark, Reason.TOO_LARGE, [problem])
    from .content import read_content  # requires the inbound extra

    try:
        content = read_content(raw, headers)
    except Unreadable as error:
        logger.info("An email cannot be read. %s", error)
        problem = gettext("We couldn't read your email. It may be encrypted or damaged.")
        return _refuse(headers, addressee, mark, Reason.UNREADABLE, [problem])
    if content.is_calendar_answer:
        return ReceivedMail(reason=Reason.AUTOMATIC)
    if not content.text and not content.uploads:
        problem = gettext("Your email has no text besides the quoted message.")
        return _refuse(headers, addressee, mark, Reason.NO_TEXT, [problem])
    return _post(headers, addressee, mark, content)


def _post(headers: Headers, addressee: Addressee, mark: str, content: Content) -> ReceivedMail:
    try:
        comment = with_files(
            reply_by_mail,
            uploads=content.uploads,
            actor=addressee.actor,
            ticket_id=addressee.target.ticket_id,
            mark=mark,
            text=content.text or gettext("This email has attachments, but no text."),
            is_internal=addressee.is_internal,
        )
    except (Unavailable, StorageFull):
        raise
    except NotFound:  # the sender has lost access in the meantime
        return ReceivedMail(reason=Reason.UNKNOWN_ADDRESS)
    except DomainError as error:
        return _refuse(headers, addressee, mark, error.code, error.sentences)
    return ReceivedMail(comment_id=comment.id)


def _refuse(
    headers: Headers, addressee: Addressee, mark: str, reason: str, problems: list[str]
) -> ReceivedMail:
    """Record the email and tell its sender why it was refused."""
    ticket_id = addressee.target.ticket_id
    unit_of_work(record_mail, actor=addressee.actor, mark=mark, ticket_id=ticket_id, refusal=reason)
    is_answered = send_answer(addressee, problems, message_id=headers.message_id)
    return ReceivedMail(reason=reason, is_answered=is_answered)
