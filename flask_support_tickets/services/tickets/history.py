"""Record a ticket's history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ...actor import Actor
from ...current import current_tickets


def record_event(
    action: str, *, actor: Actor, ticket_id: int, to_status: int, at: datetime, **details: Any
) -> None:
    """Add the event of a change in the running unit of work (rule H1)."""
    event = current_tickets.models.TicketEvent(
        action=str(action),
        user_id=actor.id,
        ticket_id=ticket_id,
        to_status=to_status,
        created_at=at,
        **details,
    )
    current_tickets.session.add(event)
