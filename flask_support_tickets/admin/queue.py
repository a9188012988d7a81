"""The queue: the list of tickets for staff, with filters and row actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask.typing import ResponseReturnValue
from flask_admin import expose

from .. import services
from ..actor import Actor
from ..current import current_tickets
from ..models import TicketStatus
from ..models.status import Side
from ..services import TicketOrder
from ..services.access import allowed_actions_of
from ..services.pagination import COUNT_MAX
from ..services.tickets.fields import filter_fields
from ..web.forms import ActionForm
from ..web.highlight import Highlight
from ..web.list_query import find_tickets, list_arguments, read_list_query
from .base_view import StaffView, current_staff
from .bulk import pop_results
from .export import EXPORT_MAX
from .menu import set_menu_counts
from .queue_position import to_carry


class QueueView(StaffView):
    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        actor, query, home = current_staff(), read_list_query(), self.get_url(".index_view")
        found, choices = find_tickets(actor, query), _choices(actor)
        counts = found.by_status or services.count_by_status(actor=actor)
        set_menu_counts(counts)
        page = self.render(
            "support_tickets/admin/list.html",
            query=query,
            found=found,
            arguments=list_arguments(),
            carried=to_carry(list_arguments()),
            results=pop_results(choices["assignees"]),
            link=partial(_link, home, list_arguments()),
            counts=counts,
            count_max=None if actor.criterion is None else COUNT_MAX,
            permissions=actor.permissions,
            **choices,
            unread=services.count_unread(actor=actor, tickets=found.items, side=Side.STAFF),
            highlight=Highlight(query.values["search"]),
            allowed_actions=allowed_actions_of(actor),
            details_url=_row_urls(home, to_carry(list_arguments())),
            status_url=_row_urls(home, {**list_arguments(), "from": "list"}, "/status"),
        )
        return page, query.status_code


def _link(home: str, arguments: Mapping[str, str], *, to: str = "", **changes: str | None) -> str:
    """Return the URL of the list, or of ``to`` under it, with ``changes`` applied and no page."""
    values = {**arguments, "page": None, **changes}
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{home}{to}?{query}" if query else f"{home}{to}"


def _row_urls(home: str, arguments: Mapping[str, str], to: str = "") -> Callable[[int], str]:
    """Return a function that builds ticket URLs faster than `url_for`."""
    query = f"?{urlencode(arguments)}" if arguments else ""
    return lambda ticket_id: f"{home}{ticket_id}{to}{query}"


def _choices(actor: Actor) -> dict[str, Any]:
    """Return the choices for the filters and the bulk form."""
    return {
        "statuses": list(TicketStatus),
        "orders": TicketOrder,
        "columns": [field for field in current_tickets.ticket_fields if field.in_queue],
        "filters": filter_fields(),
        "assignees": services.recent_assignees(),
        "me": actor.id,
        "export_max": EXPORT_MAX,
        "page_size": current_tickets.config.page_size,
        "csrf_value": ActionForm(formdata=None).csrf_value,
    }
