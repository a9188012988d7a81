"""Settings for email: the sender, the mail server, the URL of the site, and the reply address."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit
from urllib.request import url2pathname

from .errors import ConfigurationError
from .text_rules import is_email_address, showable_line

_SMTP_FORM = '"smtp://user:password@host:587", "smtps://…" or "file:///folder"'
_NAMED = re.compile(r'\s*"?([^<>"]*?)"?\s*<([^<>]*)>\s*')
#: Characters that Python's IDNA codec maps to others, which would be another domain.
_AMBIGUOUS = frozenset("ßς")
#: The length of the token in the address for replies.
REPLY_TOKEN_LENGTH = 32
#: The maximum length of the part of an address before the ``@``.
_LOCAL_PART_MAX = 64


@dataclass(frozen=True)
class Sender:
    """The sender of emails."""

    #: Empty if only an address is configured.
    name: str
    #: ASCII only.
    address: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True)
class MailServer:
    """An SMTP server."""

    host: str
    port: int
    #: Whether the connection starts with TLS, as for ``smtps://``.
    uses_tls: bool
    #: Whether to require STARTTLS.
    uses_starttls: bool
    username: str | None = None
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class MailFolder:
    """A folder to write emails to instead of sending them, for development."""

    path: Path


def parse_sender(key: str, value: Any) -> Sender | None:
    """Parse ``"Acme <support@example.org>"``, an address alone, or a pair of name and address."""
    if value is None:
        return None
    if isinstance(value, str):
        found = _NAMED.fullmatch(value)
        value = found.groups() if found else ("", value)
    is_pair = isinstance(value, Sequence) and len(value) == 2
    name, address = value if is_pair else ("", "")
    address = ascii_address(address)
    if not isinstance(name or "", str) or address is None or not address.isascii():
        raise ConfigurationError(
            f'{key} must be an email address, such as "Acme Support <support@example.org>", or a '
            "pair of a name and an address."
        )
    return Sender(header_line(name or ""), address)


def parse_smtp_url(key: str, value: Any) -> MailServer | MailFolder | None:
    """Parse the URL of a mail server or a folder. Errors do not contain it, or its password."""
    if value is None:
        return None
    problem = ConfigurationError(f"{key} must be a URL such as {_SMTP_FORM}.")
    if not isinstance(value, str) or not value.isprintable():
        raise problem
    try:
        url = urlsplit(value)
        port = url.port
    except ValueError:
        raise problem from None
    if url.scheme == "file" and url.path.strip("/") and not url.netloc:
        return MailFolder(Path(url2pathname(url.path)))
    is_server = url.scheme in ("smtp", "smtps") and url.hostname and not url.path.strip("/")
    if not is_server or port == 0:
        raise problem
    return _server(key, url, port)


def _server(key: str, url: SplitResult, port: int | None) -> MailServer:
    options = dict(parse_qsl(url.query, keep_blank_values=True))
    starttls = options.pop("starttls", None)
    uses_tls = url.scheme == "smtps"
    if options or starttls not in (None, "yes", "no") or (uses_tls and starttls) or url.fragment:
        raise ConfigurationError(
            f"{key} has an unknown option. Use starttls=yes or starttls=no, with smtp:// only."
        )
    has_login = url.username is not None
    username, password = unquote(url.username or ""), unquote(url.password or "")
    if has_login and not (username and username.isascii() and password.isascii()):
        raise ConfigurationError(f"{key}: the username and the password must be in ASCII.")
    return MailServer(
        host=str(url.hostname),
        port=port or (465 if uses_tls else 587 if has_login else 25),
        uses_tls=uses_tls,
        uses_starttls=not uses_tls and (starttls == "yes" or (has_login and starttls != "no")),
        username=username or None,
        password=password,
    )


def parse_base_url(key: str, value: Any) -> str | None:
    """Parse the URL of the site, including the prefix at which the app is served."""
    if value is None:
        return None
    problem = ConfigurationError(
        f'{key} must be a URL such as "https://example.org" or "https://example.org/prefix".'
    )
    if not isinstance(value, str) or not value.isprintable() or " " in value:
        raise problem
    try:
        url = urlsplit(value)
        is_complete = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        raise problem from None
    if not is_complete or "@" in url.netloc or url.query or url.fragment:
        raise problem
    return value.rstrip("/")


def parse_reply_address(key: str, value: Any) -> str | None:
    """Parse an address that contains ``{token}`` before the ``@``, and return it in lowercase."""
    if value is None:
        return None
    local_part, _, _ = str(value).rpartition("@")
    filled = str(value).replace("{token}", "x" * REPLY_TOKEN_LENGTH)
    is_valid = local_part.count("{token}") == 1 and filled.isascii() and is_email_address(filled)
    if not is_valid or "{" in filled or len(filled.rpartition("@")[0]) > _LOCAL_PART_MAX:
        raise ConfigurationError(
            f'{key} must be an email address such as "tickets+{{token}}@example.org". The token '
            f"takes {REPLY_TOKEN_LENGTH} of the {_LOCAL_PART_MAX} characters before the @."
        )
    if find_spec("mailparser_reply") is None or find_spec("lxml") is None:
        raise ConfigurationError(
            f"{key} requires the inbound extra: pip install 'flask_support_tickets[inbound]'."
        )
    return str(value).lower()


def header_line(text: str) -> str:
    """Return ``text`` as one line for a header. No character can start another header."""
    return " ".join(showable_line(text).split())


def ascii_address(address: Any) -> str | None:
    """Return an address with its domain in ASCII, or None unless it is a single address.

    A domain whose ASCII form is ambiguous is returned as it is.
    """
    if not is_email_address(address):
        return None
    local, _, domain = address.rpartition("@")
    if domain.isascii() or not _AMBIGUOUS.isdisjoint(domain):
        return address
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return None


def is_same_address(first: str, second: str) -> bool:
    """Return whether two addresses are equal. Ignores the case of ASCII letters only."""
    addresses = [ascii_address(first), ascii_address(second)]
    lowered = {each.encode().lower() for each in addresses if each is not None}
    return len(lowered) == 1 and None not in addresses
