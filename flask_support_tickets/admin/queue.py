"""The queue: the list of all tickets, with filters and the buttons of the steps."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from flask_admin import expose

from .. import services
from ..current import current_tickets
from ..i18n import gettext
from ..models import TicketStatus
from ..schemas import ticket_filter
from ..services.permissions import actions_of
from ..web.forms import ActionForm
from ..web.listing import NOTHING, list_arguments, read_list_query
from .frame import StaffView, acting_staff


class QueueView(StaffView):
    """The list."""

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        """The queue: filter by status, search, row buttons."""
        actor, query = acting_staff(), read_list_query()
        found = NOTHING
        if not query.problems:
            found = services.list_tickets(
                actor=actor,
                criteria=ticket_filter(query.values, actor),
                page=query.values["page"],
                page_size=current_tickets.config.page_size,
            )
        page = self.render(
            "support_tickets/admin/list.html",
            t=gettext,
            query=query,
            found=found,
            arguments=list_arguments(),
            statuses=list(TicketStatus),
            counts=found.by_status or services.count_by_status(actor=actor),
            page_size=current_tickets.config.page_size,
            allowed=actions_of(actor),
            csrf_value=ActionForm(formdata=None).csrf_value,
        )
        return page, query.status_code
