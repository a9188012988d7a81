"""Write the attachments of a ticket or a comment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..current import current_tickets
from ..policy import Actor


def attach_urls(
    urls: Sequence[str],
    *,
    actor: Actor,
    ticket_id: int,
    comment_id: int | None = None,
    at: datetime,
) -> None:
    """Hang ``urls``, already checked, on a ticket or on one of its comments."""
    current_tickets.session.add_all(
        current_tickets.models.TicketAttachment(
            position=position,
            url=url,
            user_id=actor.id,
            ticket_id=ticket_id,
            comment_id=comment_id,
            created_at=at,
        )
        for position, url in enumerate(urls)
    )
