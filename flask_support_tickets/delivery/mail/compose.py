"""Compose emails: headers that cannot be injected, and two alternatives of the body."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import localtime
from typing import Any

from ...channel import Rejected
from ...mail_settings import Sender, ascii_address, header_line
from ...services.notifications.contents import NotNotified
from ..links import site_host
from ..message import Message, RecipientInfo
from .notification import notification_context
from .rendering import Content, render, use_recipient_language
from .reply_address import reply_to_for
from .reply_line import reply_line_for
from .unsubscribe import unsubscribe_url_for

_PREFIX = "support-tickets"


class MailPolicy(EmailPolicy):
    """Writes the value of a header on the same line as its name.

    The standard library can leave that line empty; some mail programs then show no subject.
    """

    def fold(self, name: str, value: Any) -> str:
        return _EMPTY_LINE.sub(r"\1 ", super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode("utf-8" if self.utf8 else "ascii", "surrogateescape")


_EMPTY_LINE = re.compile(r"\A([!-9;-~]+:) ?\r\n[ \t]+(?=\S)")
#: ASCII only, so that no server has to convert the email.
_POLICY = MailPolicy(linesep="\r\n", cte_type="7bit")


@dataclass(frozen=True)
class Headers:
    """The headers that differ between emails."""

    subject: str
    #: The same in every attempt, so that a mail program can recognize a duplicate.
    message_id: str
    #: The id that groups emails into one thread.
    thread_id: str | None = None
    reply_to: str | None = None
    #: The URL that unsubscribes with one POST.
    unsubscribe_url: str | None = None
    #: Whether it is a response to an email.
    is_answer: bool = False


def compose_notification(message: Message, sender: Sender) -> EmailMessage:
    """Return the email for a message. Raises `NotNotified` if the user has no address."""
    recipient = message.recipient
    if recipient is None or recipient.email is None:
        raise NotNotified("The user has no email address.")
    ticket = message.ticket
    headers = Headers(
        subject=subject_of(ticket.id, ticket.subject, sender),
        message_id=make_id(sender, message.id, message.created_at.isoformat()),
        thread_id=make_id(sender, f"ticket-{ticket.id}", ticket.created_at.isoformat()),
        reply_to=reply_to_for(message),
        unsubscribe_url=unsubscribe_url_for(recipient),
    )
    with use_recipient_language(recipient):
        context = {**shared_context(sender, headers), **notification_context(message)}
        context["reply_line"] = reply_line_for(message)
        content = render("notification", recipient, context)
    return compose(recipient, sender, headers, content)


def shared_context(sender: Sender, headers: Headers) -> dict[str, Any]:
    """Return the context for the layout of all emails."""
    return {
        "site_name": sender.name or site_host() or sender.domain,
        "subject": headers.subject,
        "reply_to": headers.reply_to,
        "unsubscribe_url": headers.unsubscribe_url,
    }


def compose(
    recipient: RecipientInfo, sender: Sender, headers: Headers, content: Content
) -> EmailMessage:
    """Return an email with headers that mark it as automatic."""
    email = EmailMessage(policy=_POLICY)
    email["Subject"] = header_line(headers.subject)
    email["From"] = _address(sender.name, sender.address)
    email["To"] = _address(header_line(recipient.name), recipient.email or "")
    if headers.reply_to:
        email["Reply-To"] = _address(sender.name, headers.reply_to)
    email["Date"] = localtime()
    email["Message-ID"] = headers.message_id
    if headers.thread_id:
        email["In-Reply-To"] = email["References"] = headers.thread_id
    email["Auto-Submitted"] = "auto-replied" if headers.is_answer else "auto-generated"
    # Not "All", because bounces are wanted.
    email["X-Auto-Response-Suppress"] = "DR, RN, NRN, OOF, AutoReply"
    email["List-Id"] = f"<{_PREFIX}.{sender.domain}>"
    if headers.unsubscribe_url:
        email["List-Unsubscribe"] = f"<{headers.unsubscribe_url}>"
        email["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    email.set_content(content.text)
    email.add_alternative(content.html, subtype="html")
    return email


def is_own_id(message_id: str) -> bool:
    """Return whether the id is that of one of our emails."""
    return message_id.startswith(f"<{_PREFIX}.")


def make_id(sender: Sender, name: object, *parts: str) -> str:
    """Return a message id, which is the same for the same arguments."""
    digest = hashlib.sha256("\n".join([str(name), *parts]).encode()).hexdigest()[:16]
    return f"<{_PREFIX}.{name}.{digest}@{sender.domain}>"


def subject_of(ticket_id: int, subject: str, sender: Sender) -> str:
    """Return the subject: the same for all emails of a ticket, to keep them in one thread."""
    return f"[{f'{sender.name} #' if sender.name else '#'}{ticket_id}] {subject}"


def _address(name: str, address: str) -> Address:
    local, _, domain = (ascii_address(address) or "").rpartition("@")
    if not local:
        raise Rejected("The email address is invalid.")
    return Address(name, local, domain)
