"""``/settings/ticket``: the list of a requester's tickets."""

from __future__ import annotations

from flask import Response

from .. import services
from ..current import current_tickets
from ..models import TicketStatus
from ..models.status import Side
from ..services.tickets.fields import visible_properties
from ..web.identity import require_actor
from ..web.list_query import find_tickets, list_arguments, read_list_query
from .blueprint import page, render_page


@page("", methods=["GET"])
def list_tickets() -> Response:
    """List the user's own tickets, newest first, optionally filtered by status or a search."""
    actor = require_actor()
    query = read_list_query()
    found = find_tickets(actor, query, owner=actor.id)
    return render_page(
        "list.html",
        query.status_code,
        found=found,
        properties=visible_properties(is_staff=False),
        query=query,
        arguments=list_arguments(),
        statuses=list(TicketStatus),
        unread=services.count_unread(actor=actor, tickets=found.items, side=Side.OWNER),
        counts=services.count_own_by_status(actor=actor),
        page_size=current_tickets.config.page_size,
    )
