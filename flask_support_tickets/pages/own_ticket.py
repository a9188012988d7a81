"""The ticket of a requester page."""

from __future__ import annotations

from ..actor import Actor
from ..errors import NotFound
from ..models.status import EDIT_STATUSES, Side
from ..services.read_models import TicketInfo
from ..web.thread_page import get_page_ticket


def get_own_ticket(actor: Actor, ticket_id: str) -> TicketInfo:
    """Return the ticket. Raises `NotFound` if staff have to open it in Flask-Admin."""
    ticket = get_page_ticket(actor, ticket_id)
    if ticket.user_id != actor.id and actor.is_staff:
        raise NotFound
    return ticket


def may_edit_own(actor: Actor, ticket: TicketInfo) -> bool:
    """Return whether the requester can edit the ticket on the requester's pages (W10)."""
    return ticket.user_id == actor.id and ticket.status in EDIT_STATUSES[Side.OWNER]
