"""The headers of an email: the sender, the recipients and the ``Message-ID``."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import Compat32
from typing import Any

from ..text_rules import is_email_address

#: Headers beyond this size are not read.
HEADERS_MAX_BYTES = 256 * 1024
_VALUE_MAX = 10_000
_END = re.compile(rb"\r?\n\r?\n")
#: The headers with the recipient's address, the most reliable first.
_RECIPIENT_HEADERS = (
    "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Forwarded-To",
    "Resent-To", "To", "Cc",
)  # fmt: skip
#: One address, with or without a name. Lists, groups and comments are refused.
_MAILBOX = re.compile(
    r'\s*(?:(?:"(?:[^"\\]|\\.)*+"|[^"<>,:;()]*+)\s*<\s*([^<>\s]+)\s*>|([^<>\s"(),:;]+))\s*'
)


class _MailPolicy(Compat32):
    """Returns all headers as text. Reads non-ASCII bytes, which are not allowed, as UTF-8.

    The newer policies parse addresses in quadratic time, and raise errors for malformed ones.
    """

    def header_fetch_parse(self, name: str, value: str) -> Any:
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


MAIL_POLICY = _MailPolicy()


class Headers:
    """The headers of an email, which can be malformed or hostile."""

    def __init__(self, raw: bytes) -> None:
        end = _END.search(raw, 0, HEADERS_MAX_BYTES)
        #: Whether there are too many headers; the rest is not read.
        self.is_cut = end is None and len(raw) > HEADERS_MAX_BYTES
        parser = BytesHeaderParser(policy=MAIL_POLICY)
        self.message: Message = parser.parsebytes(raw[: end.end() if end else HEADERS_MAX_BYTES])

    def all(self, name: str) -> list[str]:
        """Return the values of all headers with this name, undecoded and on one line."""
        values = self.message.get_all(name) or []
        return [" ".join(str(value)[:_VALUE_MAX].split()) for value in values]

    def first(self, name: str) -> str:
        """Return the value of the first header with this name, or an empty string."""
        return next(iter(self.all(name)), "")

    @property
    def subject(self) -> str:
        return decode_words(self.first("Subject"))

    @property
    def sender(self) -> str | None:
        """The only address in the only ``From`` header, or None."""
        values = self.all("From")
        found = _MAILBOX.fullmatch(values[0]) if len(values) == 1 else None
        address = (found[1] or found[2]) if found else None
        return address if is_email_address(address) else None

    def recipients(self) -> Iterator[str]:
        """Yield the values of the headers that can contain the address of the recipient."""
        for name in _RECIPIENT_HEADERS:
            yield from self.all(name)

    @property
    def message_id(self) -> str:
        return self.first("Message-ID")


def mark_of(headers: Headers, raw: bytes) -> str:
    """Return the SHA-256 hash of the ``Message-ID``, or of the email if it has none."""
    return hashlib.sha256(headers.message_id.encode(errors="replace") or raw).hexdigest()


def decode_words(value: str) -> str:
    """Decode the encoded words in a header, such as ``=?utf-8?B?…?=``."""
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):  # also unknown or wrong character sets
        return value
