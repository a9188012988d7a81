"""Read: how many tickets stand where."""

from __future__ import annotations

from sqlalchemy import func, select

from ..current import current_tickets
from ..models import TicketStatus
from ..policy import Actor
from .permissions import visible_to


def count_by_status(*, actor: Actor) -> dict[TicketStatus, int]:
    """Return the number of tickets in each status among those ``actor`` may see."""
    model = current_tickets.models.Ticket
    rows = current_tickets.session.execute(
        select(model.status, func.count()).where(visible_to(actor)).group_by(model.status)
    )
    counts = {row[0]: row[1] for row in rows}
    return {status: counts.get(status.value, 0) for status in TicketStatus}
