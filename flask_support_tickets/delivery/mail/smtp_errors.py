"""Classify the errors of mail servers: retry, fail, or mark the address as undeliverable."""

from __future__ import annotations

import re
import smtplib

from ...channel import Rejected

#: "No such user" and "no such domain" (RFC 3463), and a domain that accepts no mail (RFC 7505).
_UNKNOWN_ADDRESS = re.compile(r"5\.1\.(?:1|2|10)\b")


class MailServerError(Exception):
    """The mail server cannot accept the email now."""


class UnknownAddress(Rejected):
    """The address does not exist."""


def as_delivery_error(error: smtplib.SMTPException) -> Exception:
    """Return a `Rejected` if a retry would fail as well, else a `MailServerError`.

    A refused sign-in or sender is retried, because its cause is the configuration.
    """
    if isinstance(error, smtplib.SMTPAuthenticationError):  # its text can contain the username
        return MailServerError(f"The mail server refused the sign-in ({error.smtp_code}).")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return _refusal(code, _decode(text))
    if isinstance(error, smtplib.SMTPDataError):
        return _refusal(error.smtp_code, _decode(error.smtp_error))
    if isinstance(error, smtplib.SMTPResponseException):
        answer = _decode(error.smtp_error)
        return MailServerError(f"The mail server answered: {error.smtp_code} {answer}")
    return MailServerError(f"The mail server failed: {error}")


def _refusal(code: int, text: str) -> Exception:
    if not 500 <= code <= 599:
        return MailServerError(f"The mail server answered: {code} {text}")
    message = f"The mail server refused the email: {code} {text}"
    return UnknownAddress(message) if _UNKNOWN_ADDRESS.match(text) else Rejected(message)


def _decode(text: bytes | str) -> str:
    line = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return " ".join(line.split())
