"""Record a ticket's history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ...actor import Actor
from ...current import current_tickets
from ..notifications.outbox import enqueue_notifications


def record_event(action: str, *, actor: Actor, ticket: Any, at: datetime, **columns: Any) -> Any:
    """Record a change in the current unit of work, with its notifications, and return the event.

    ``ticket`` is the ticket after the change (H1, O1). With ``is_internal=True``, requesters cannot
    see the event (A4).
    """
    model = current_tickets.models.TicketEvent
    who = {"user_id": actor.id, "ticket_id": ticket.id, "to_status": ticket.status}
    event = model(action=str(action), created_at=at, **who, **columns)
    current_tickets.session.add(event)
    current_tickets.session.flush()
    enqueue_notifications(event, actor=actor, ticket=ticket)
    return event
