"""Write one line of a ticket's history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Insert, insert

from ...models import Models
from ...policy import Actor
from ..database import prepared, run


def record_event(
    action: str, *, actor: Actor, ticket_id: int, to_status: int, at: datetime, **details: Any
) -> None:
    """Write the one event of a change in the running unit of work (rule H1)."""
    event = {
        "action": str(action),
        "user_id": actor.id,
        "ticket_id": ticket_id,
        "to_status": to_status,
        "created_at": at,
        **details,
    }
    run(prepared(_insert_event), event)


def _insert_event(models: Models) -> Insert:
    return insert(models.TicketEvent.__table__)
