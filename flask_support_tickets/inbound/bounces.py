"""Read bounces, to find addresses that cannot receive email."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser

from ..actor import email_of
from ..mail_settings import is_same_address
from ..services.notifications.undeliverable import mark_undeliverable
from .headers import MAIL_POLICY

#: The status codes (RFC 3463) of addresses that do not exist or are disabled. Some mail servers
#: send 5.0.0 for all failures. Full mailboxes and refused content have other codes.
_GONE = re.compile(r"5\.(?:0\.0|1\.\d{1,3}|2\.1|4\.4)")
_BOUNCE_MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class _Failure:
    address: str
    reason: str


def record_bounce(raw: bytes, user: object) -> bool:
    """Mark the user's address as undeliverable if the bounce says that it does not exist."""
    address = email_of(user)
    for failure in _failures_in(raw):
        if address is not None and is_same_address(address, failure.address):
            mark_undeliverable(address, failure.reason)
            return True
    return False


def _failures_in(raw: bytes) -> Iterator[_Failure]:
    try:
        message = BytesParser(policy=MAIL_POLICY).parsebytes(raw[:_BOUNCE_MAX_BYTES])
        statuses = [
            block
            for part in message.get_payload()
            if isinstance(part, Message) and part.get_content_type() == "message/delivery-status"
            for block in part.get_payload()
            if isinstance(block, Message)
        ]
        failures = [failure for block in statuses if (failure := _failure_in(block))]
    except Exception:  # the parser raises all kinds of errors for malformed email
        return
    yield from failures


def _failure_in(block: Message) -> _Failure | None:
    """Read the fields about one recipient (RFC 3464)."""
    status = str(block.get("Status") or "").strip()[:20]
    is_gone = _GONE.match(status) and str(block.get("Action") or "").strip().lower() == "failed"
    recipient = str(block.get("Final-Recipient") or block.get("Original-Recipient") or "")
    if not is_gone or ";" not in recipient:
        return None
    diagnosis = str(block.get("Diagnostic-Code") or "").partition(";")[2]
    reason = " ".join(f"{status} {diagnosis}".split())
    return _Failure(recipient.partition(";")[2].strip(), reason)
