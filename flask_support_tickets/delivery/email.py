"""`EmailChannel`: notifications by email."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from ..channel import Channel, Rejected
from ..current import current_tickets
from ..services.notifications.undeliverable import find_undeliverable, mark_undeliverable
from .digest import Digest
from .mail.compose import compose_notification
from .mail.digest import compose_digest
from .mail.sender import find_sender
from .mail.smtp_errors import UnknownAddress
from .mail.transports import Transport, has_transport, open_transport
from .message import Message


class EmailChannel(Channel):
    """Sends emails with the host's extension or an SMTP server.

    Each thread keeps its connection until the end of its batch.
    """

    is_personal = True
    is_grouped = True

    def __init__(self) -> None:
        self._local = threading.local()

    def targets(self, action: str, *, is_internal: bool) -> Sequence[str]:
        return ("",) if has_transport() and find_sender() else ()

    def send(self, message: Any) -> None:
        sender = find_sender()
        transport = self._transport()
        if sender is None or transport is None:
            raise RuntimeError("The app cannot send email at the moment.")
        is_digest = isinstance(message, Digest)
        email = (compose_digest if is_digest else compose_notification)(message, sender)
        address = _address_of(message)
        reason = find_undeliverable(address)
        current_tickets.session.rollback()  # no transaction stays open while the server responds
        if reason is not None:
            raise Rejected(f"Email to {address} bounces. {reason}".strip())
        try:
            transport.send(email)
        except UnknownAddress as error:
            mark_undeliverable(address, str(error))
            raise
        except Rejected:
            raise
        except BaseException:
            self.end_batch()
            raise

    def end_batch(self) -> None:
        transport = self._local.__dict__.pop("transport", None)
        if transport is not None:
            transport.close()

    def _transport(self) -> Transport | None:
        if "transport" not in self._local.__dict__:
            transport = open_transport()
            if transport is None:
                return None
            self._local.transport = transport
        found: Transport = self._local.transport
        return found


def _address_of(message: Message | Digest) -> str:
    assert message.recipient is not None
    assert message.recipient.email is not None
    return message.recipient.email
