"""``/settings/ticket``: a requester's list of tickets."""

from __future__ import annotations

from flask import Response

from .. import services
from ..current import current_tickets
from ..models import TicketStatus
from ..models.status import Side
from ..services.notifications.preferences import personal_channels
from ..services.pagination import COUNT_MAX
from ..services.tickets.fields import visible_properties
from ..web.identity import require_requester
from ..web.list_query import find_tickets, list_arguments, read_list_query
from .blueprint import page, render_page


@page("", methods=["GET"])
def list_tickets() -> Response:
    """List a requester's visible tickets, newest first, optionally filtered by status or search."""
    actor = require_requester()
    query = read_list_query()
    sees_colleagues = not actor.is_staff and actor.criterion is not None
    found = find_tickets(actor, query, owner=None if sees_colleagues else actor.id)
    count = services.count_by_status if sees_colleagues else services.count_own_by_status
    return render_page(
        "list.html",
        query.status_code,
        found=found,
        properties=visible_properties(is_staff=False),
        query=query,
        arguments=list_arguments(),
        statuses=list(TicketStatus),
        unread=services.count_unread(actor=actor, tickets=found.items, side=Side.OWNER),
        counts=count(actor=actor),
        count_max=COUNT_MAX if sees_colleagues else None,
        actor=actor,
        has_notifications=bool(personal_channels()),
        page_size=current_tickets.config.page_size,
    )
