"""The queue's toolbar: filters, orders and page sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import services
from ..actor import Actor
from ..models import TicketStatus
from ..services.access import scope_of
from ..services.pagination import COUNT_MAX
from ..services.tickets.fields import PRIORITY, filter_fields
from ..services.tickets.ticket_filter import TicketOrder
from ..web.filter_menu import filter_menu
from ..web.queue_order import headings, order_argument, sort_choices
from ..web.queue_query import QueueQuery
from ..web.status_tabs import status_tabs
from .base_view import StaffView
from .filters import BUILT_IN_FILTERS, HostFilter


class ToolbarView(StaffView):
    """The part of the view that fills the toolbar."""

    def toolbar_context(
        self, query: QueueQuery, actor: Actor, by_status: Mapping[TicketStatus, int] | None
    ) -> dict[str, Any]:
        """Return the template variables for the toolbar and the table's headings."""
        limit = None if scope_of(actor).is_all and not query.has_filters else COUNT_MAX
        current = query.criteria.sort or query.values["order"]
        by_column = headings(map(str, self._sortable_columns), current, self.default_sort)
        assignees = services.recent_assignees()
        offered = self.column_filters or ()
        hidden = [name for name in BUILT_IN_FILTERS if name not in offered]
        filters = [field for field in filter_fields() if field.name not in hidden]
        return {
            "tabs": list(status_tabs(set(query.values["status"]), by_status, limit)),
            "built_in_filters": offered,
            "filters": filters,
            "filter_menu": filter_menu(self.queue_options, query, filters),
            "filter_groups": self._get_filter_groups(),
            "assignees": assignees,
            "assignee_options": [(str(key), name) for key, name in assignees.items()],
            # Search results are always sorted newest first.
            "headings": {} if query.criteria.search is not None else by_column,
            "sort_choices": sort_choices(self._list_columns, by_column, current, self.default_sort),
            "priorities": PRIORITY.options(),
            "newest_first": order_argument(TicketOrder.NEWEST, self.default_sort),
            "is_waiting_only": current is TicketOrder.WAITING,
            "siblings": [each for each in self.siblings if each.is_permitted(actor)],
        }

    def _get_filter_groups(self) -> dict[str, list[HostFilter]]:
        """Return the host's filters by label, for the form that adds one."""
        groups: dict[str, list[HostFilter]] = {}
        for each in self._host_filters:
            groups.setdefault(each.label, []).append(each)
        return groups
