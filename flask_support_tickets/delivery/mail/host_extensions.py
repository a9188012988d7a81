"""Send emails with the host's Flask-Mail or Flask-Mailman."""

from __future__ import annotations

import smtplib
from contextlib import ExitStack, suppress
from email.message import EmailMessage
from email.utils import formataddr
from typing import Any

from ...channel import Rejected
from .smtp import TIMEOUT_SECONDS
from .smtp_errors import as_delivery_error

#: Headers that the extensions write themselves.
_OWN = frozenset(
    {"subject", "from", "to", "reply-to", "date", "message-id", "mime-version", "content-type"}
)


class FlaskMailTransport:
    """A connection of Flask-Mail."""

    def __init__(self, state: Any) -> None:
        self._state = state
        self._stack = ExitStack()
        self._connection: Any = None

    def send(self, email: EmailMessage) -> None:
        from flask_mail import Message

        message = Message(
            subject=email["Subject"],
            recipients=[_recipient(email)],
            body=_body(email, "plain"),
            html=_body(email, "html"),
            sender=_sender(email),
            reply_to=email["Reply-To"],
            extra_headers=_more_headers(email),
        )
        message.msgId = email["Message-ID"]
        try:
            if self._connection is None:
                self._connection = self._stack.enter_context(self._state.connect())
                sock = getattr(self._connection.host, "sock", None)
                if sock is not None:  # Flask-Mail would wait forever
                    sock.settimeout(TIMEOUT_SECONDS)
            self._connection.send(message)
        except smtplib.SMTPException as error:
            raise as_delivery_error(error) from None

    def close(self) -> None:
        self._connection = None
        with suppress(OSError, smtplib.SMTPException):
            self._stack.close()


class FlaskMailmanTransport:
    """A backend of Flask-Mailman."""

    def __init__(self, state: Any) -> None:
        is_smtp = state.backend == "smtp" and state.timeout is None
        options = {"timeout": TIMEOUT_SECONDS} if is_smtp else {}
        self._backend: Any = state.get_connection(**options)
        self._is_open = False

    def send(self, email: EmailMessage) -> None:
        from flask_mailman import EmailMultiAlternatives

        more = {"Date": email["Date"], "Message-ID": email["Message-ID"], **_more_headers(email)}
        message = EmailMultiAlternatives(
            subject=email["Subject"],
            body=_body(email, "plain"),
            from_email=_sender(email),
            to=[_recipient(email)],
            reply_to=[email["Reply-To"]] if email["Reply-To"] else None,
            headers=more,
        )
        message.attach_alternative(_body(email, "html"), "text/html")
        try:
            if not self._is_open:
                self._backend.open()
                self._is_open = True
            self._backend.send_messages([message])
        except smtplib.SMTPException as error:
            raise as_delivery_error(error) from None

    def close(self) -> None:
        self._is_open = False
        with suppress(OSError, smtplib.SMTPException):
            self._backend.close()


def _recipient(email: EmailMessage) -> str:
    address = email["To"].addresses[0]
    if not address.addr_spec.isascii():
        raise Rejected("The email address has characters that are not ASCII.")
    return str(address.addr_spec)


def _sender(email: EmailMessage) -> str:
    address = email["From"].addresses[0]
    return formataddr((address.display_name, address.addr_spec))


def _body(email: EmailMessage, kind: str) -> str:
    part = email.get_body((kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part else ""


def _more_headers(email: EmailMessage) -> dict[str, str]:
    return {name: str(value) for name, value in email.items() if name.lower() not in _OWN}
