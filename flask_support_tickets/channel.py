"""`Channel`, the interface for email, webhooks, chat and the host's own channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from .errors import SupportTicketsError


class Channel(Protocol):
    """Delivers notifications. ``TicketsState.channels`` contains the channels of an app by name."""

    #: Whether messages are for users, whose preferences apply. Otherwise, they are for targets.
    is_personal: bool
    #: Whether several notifications of one ticket to one user become one message.
    is_grouped: bool

    def targets(self, action: str, *, is_internal: bool) -> Sequence[str]:
        """Return the keys of the targets that get events with this ``action``.

        A personal channel returns one empty string, or no keys while it cannot send.
        """

    def send(self, message: Any) -> None:
        """Send a `delivery.message.Message`, whose type is in a higher layer.

        Raises `Rejected` if a retry would fail as well. After any other error, it is retried.
        """

    def end_batch(self) -> None:
        """Close connections after a worker has sent its messages. Does nothing by default."""
        return


class Rejected(SupportTicketsError):
    """The message cannot be delivered, for example because the address does not exist."""
