"""Addresses for replies by mail, whose token identifies the notification (rule O6)."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...current import current_tickets
from ...mail_settings import REPLY_TOKEN_LENGTH
from ...secret_keys import secret_keys
from ..message import Message

_SALT = b"flask_support_tickets.reply_address"
_MAC_BYTES = 12
#: The bit of the number in a token that marks internal notes.
_INTERNAL = 1 << 63


@dataclass(frozen=True)
class ReplyToken:
    """The content of a valid token."""

    #: The notification, which identifies the ticket and the recipient.
    notification_id: int
    #: Whether the message contained an internal note. A reply to it is then a note as well.
    is_internal: bool


def reply_to_for(message: Message) -> str | None:
    """Return the address for replies to ``message``, or None without replies by mail."""
    template = current_tickets.config.reply_address
    if template is None or message.recipient is None or not secret_keys():
        return None
    return template.format(token=make_token(ReplyToken(message.id, message.has_note)))


def make_token(token: ReplyToken) -> str:
    """Return the token as 32 lowercase letters and digits."""
    number = token.notification_id | (_INTERNAL if token.is_internal else 0)
    data = number.to_bytes(8, "big")
    return base64.b32encode(data + _mac(secret_keys()[-1], data)).decode().lower()


def read_token(text: str) -> ReplyToken | None:
    """Return the content of a token, or None unless one of the app's secret keys signed it.

    Ignores case, because mail systems can change it.
    """
    if re.fullmatch(rf"[2-7a-zA-Z]{{{REPLY_TOKEN_LENGTH}}}", text) is None:
        return None
    decoded = base64.b32decode(text.upper())
    data, mac = decoded[:-_MAC_BYTES], decoded[-_MAC_BYTES:]
    if not any(hmac.compare_digest(mac, _mac(key, data)) for key in secret_keys()):
        return None
    number = int.from_bytes(data, "big")
    return ReplyToken(number & ~_INTERNAL, is_internal=bool(number & _INTERNAL))


def find_tokens(text: str) -> Iterator[str]:
    """Yield the tokens of all reply addresses in ``text``, such as the value of a header."""
    template = current_tickets.config.reply_address or ""
    before, _, after = (re.escape(part) for part in template.partition("{token}"))
    token = rf"[a-z2-7]{{{REPLY_TOKEN_LENGTH}}}"
    pattern = rf"(?<![\w.!#$%&'*+/=?^`|~-]){before}({token}){after}(?![\w-]|\.\w)"
    yield from (found[1] for found in re.finditer(pattern, text, re.IGNORECASE))


def _mac(secret_key: bytes, data: bytes) -> bytes:
    key = hmac.digest(secret_key, _SALT, "sha256")
    return hmac.digest(key, data, "sha256")[:_MAC_BYTES]
