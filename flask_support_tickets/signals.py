"""Signals that are sent after the commit.

The sender is the Flask app, and the only argument is ``payload``. Exceptions raised by
receivers are logged and do not affect the response.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from blinker import Namespace

_signals = Namespace()

#: A ticket was opened. Payload: `TicketCreated`.
ticket_created = _signals.signal("support-tickets-ticket-created")
#: A ticket's status or assignee changed. Payload: `TicketStatusChanged`.
ticket_status_changed = _signals.signal("support-tickets-ticket-status-changed")
#: A comment or reply was written. Payload: `CommentAdded`.
comment_added = _signals.signal("support-tickets-comment-added")


@dataclass(frozen=True)
class TicketCreated:
    """The payload of `ticket_created`. Times are in UTC."""

    ticket_id: int
    user_id: Any
    created_at: datetime
    #: The id of the event in the ticket's history.
    event_id: int
    #: Always False: requesters can see this event.
    is_internal: bool = False


@dataclass(frozen=True)
class TicketStatusChanged:
    """The payload of `ticket_status_changed`. ``Assign`` does not change the status."""

    ticket_id: int
    #: ``StartProgress``, ``MarkAsResolved``, ``Close``, ``Reopen``, ``Assign`` or ``Withdraw``.
    action: str
    user_id: Any
    from_status: int
    to_status: int
    #: The assignee after the change.
    assigned_to_user_id: Any
    created_at: datetime
    #: The id of the event in the ticket's history.
    event_id: int
    #: Always False: requesters can see this event.
    is_internal: bool = False


@dataclass(frozen=True)
class CommentAdded:
    """The payload of `comment_added`."""

    ticket_id: int
    comment_id: int
    parent_comment_id: int | None
    user_id: Any
    is_staff: bool
    created_at: datetime
    #: The id of the event in the ticket's history.
    event_id: int
    #: Whether this is an internal note, which requesters cannot see.
    is_internal: bool
