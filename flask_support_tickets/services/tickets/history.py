"""Record a ticket's history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ...actor import Actor
from ...current import current_tickets


def record_event(action: str, *, actor: Actor, at: datetime, **columns: Any) -> None:
    """Record a change as an event in the current unit of work (rule H1).

    With ``is_internal=True``, requesters cannot see the event (A4).
    """
    model = current_tickets.models.TicketEvent
    event = model(action=str(action), user_id=actor.id, created_at=at, **columns)
    current_tickets.session.add(event)
