"""A mail server that answers as a test tells it to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

OK = "250 OK"


class Answers:
    """The handler: what the server answers to each command, and what it received."""

    def __init__(self) -> None:
        self.rcpt = OK
        self.data = OK
        #: Seconds to wait before the answer to DATA.
        self.stalls = 0.0
        #: Whether to close the connection instead of an answer to DATA.
        self.drops = False
        self.envelopes: list[Envelope] = []
        self.attempts = 0
        self.sessions: set[int] = set()

    @property
    def mails(self) -> list[EmailMessage]:
        found = [message_from_bytes(each.content, policy=default) for each in self.envelopes]
        return [mail for mail in found if isinstance(mail, EmailMessage)]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.attempts += 1
        self.sessions.add(id(session))
        if self.rcpt == OK:
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.stalls)
        if self.drops:
            assert server.transport is not None
            server.transport.close()
        elif self.data == OK:
            self.envelopes.append(envelope)
        return self.data


def check_password(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    is_right = isinstance(data, LoginPassword) and data.password == b"p@ss"
    return AuthResult(success=is_right, handled=False)


@contextmanager
def serve(answers: Answers, **options: Any) -> Iterator[int]:
    """Serve on a free port, and return it."""
    controller = Controller(answers, hostname="localhost", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def free_port() -> int:
    import socket

    with socket.socket() as sock:
        sock.bind(("localhost", 0))
        return int(sock.getsockname()[1])


def tls_context(authority: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context
