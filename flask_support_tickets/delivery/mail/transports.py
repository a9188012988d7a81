"""Choose the transport for emails: the host's extension or the configured server."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any, Protocol

from flask import current_app

from ...current import current_tickets
from ...mail_settings import MailFolder
from .host_extensions import FlaskMailmanTransport, FlaskMailTransport
from .smtp import FolderTransport, SmtpTransport


class Transport(Protocol):
    """Sends emails, over one connection if it has one."""

    def send(self, email: EmailMessage) -> None: ...

    def close(self) -> None: ...


def has_transport() -> bool:
    """Return whether the app can send emails."""
    return (
        _extension("mailman", "flask_mailman") is not None
        or _extension("mail", "flask_mail") is not None
        or current_tickets.config.smtp_url is not None
    )


def open_transport() -> Transport | None:
    """Return a transport for emails, or None. It connects when it sends the first one."""
    mailman = _extension("mailman", "flask_mailman")
    if mailman is not None:
        return FlaskMailmanTransport(mailman)
    mail = _extension("mail", "flask_mail")
    if mail is not None:
        return FlaskMailTransport(mail)
    server = current_tickets.config.smtp_url
    if isinstance(server, MailFolder):
        return FolderTransport(server.path)
    return SmtpTransport(server) if server is not None else None


def _extension(key: str, package: str) -> Any:
    """Return the host's extension, unless it is another one with the same key."""
    found = current_app.extensions.get(key)
    return found if type(found).__module__.partition(".")[0] == package else None
