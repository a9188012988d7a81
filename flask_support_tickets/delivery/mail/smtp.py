"""Send emails by SMTP, or write them to a folder."""

from __future__ import annotations

import os
import smtplib
import tempfile
from email.message import EmailMessage
from pathlib import Path

from ...channel import Rejected
from ...mail_settings import MailServer
from ..tls import client_context
from .smtp_errors import MailServerError, as_delivery_error

#: The timeout for connecting to the server, and for each of its responses.
TIMEOUT_SECONDS = 30.0


class SmtpTransport:
    """A connection to a mail server, shared by several emails."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._connection: smtplib.SMTP | None = None

    def send(self, email: EmailMessage) -> None:
        try:
            if self._connection is None:
                self._connection = self._connect()
            self._connection.send_message(email)
        except smtplib.SMTPNotSupportedError as error:
            if self._connection is None:
                raise MailServerError(str(error)) from error
            raise Rejected("The mail server supports only ASCII in addresses.") from error
        except smtplib.SMTPAuthenticationError as error:
            raise as_delivery_error(error) from None
        except smtplib.SMTPException as error:
            raise as_delivery_error(error) from error

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.quit()
            except (OSError, smtplib.SMTPException):  # the server was faster
                connection.close()

    def _connect(self) -> smtplib.SMTP:
        server, address = self._server, (self._server.host, self._server.port)
        connection = (
            smtplib.SMTP_SSL(*address, timeout=TIMEOUT_SECONDS, context=client_context())
            if server.uses_tls
            else smtplib.SMTP(*address, timeout=TIMEOUT_SECONDS)
        )
        try:
            if server.uses_starttls:
                connection.starttls(context=client_context())
            if server.username is not None:
                connection.login(server.username, server.password)
        except BaseException:
            connection.close()
            raise
        return connection


class FolderTransport:
    """A folder with one file for each email. A retry replaces the file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, email: EmailMessage) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        name = email["Message-ID"].strip("<>").partition("@")[0]
        handle, draft = tempfile.mkstemp(dir=self._folder, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(email.as_bytes())
        Path(draft).replace(self._folder / f"{name}.eml")

    def close(self) -> None:
        pass
