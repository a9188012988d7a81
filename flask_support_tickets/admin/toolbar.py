"""The queue's toolbar: filters, orders and page sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import services
from ..actor import Actor
from ..models import TicketStatus
from ..services.access import scope_of
from ..services.pagination import COUNT_MAX
from ..services.tickets.fields import filter_fields
from ..services.tickets.sorted_list import Sort
from ..services.tickets.ticket_filter import TicketOrder
from ..web.queue_order import Heading, headings, order_argument
from ..web.queue_query import QueueQuery, filter_inputs
from ..web.status_tabs import status_tabs
from .base_view import StaffView
from .filters import BUILT_IN_FILTERS, HostFilter


class ToolbarView(StaffView):
    """The part of the view that fills the toolbar."""

    def toolbar_context(
        self, query: QueueQuery, actor: Actor, by_status: Mapping[TicketStatus, int] | None
    ) -> dict[str, Any]:
        """Return the template variables for the toolbar and the table's headings."""
        is_exact = scope_of(actor).is_all and not query.has_filters
        chosen = set(query.values["status"])
        assignees = services.recent_assignees()
        offered = self.column_filters or ()
        return {
            "tabs": list(status_tabs(chosen, by_status, None if is_exact else COUNT_MAX)),
            "built_in_filters": offered,
            "filters": [
                field
                for field in filter_fields()
                if field.name in offered or field.name not in BUILT_IN_FILTERS
            ],
            "assignees": assignees,
            "assignee_options": [(str(key), name) for key, name in assignees.items()],
            "filter_groups": self._get_filter_groups(),
            "filter_inputs": filter_inputs(self.queue_options, query),
            "headings": self._headings(query),
            "orders": TicketOrder,
        }

    def _get_filter_groups(self) -> dict[str, list[HostFilter]]:
        """Return the host's filters by label, for the form that adds one."""
        groups: dict[str, list[HostFilter]] = {}
        for each in self._host_filters:
            groups.setdefault(each.label, []).append(each)
        return groups

    def _headings(self, query: QueueQuery) -> dict[str, Heading]:
        """Return the sortable columns. Search results are always sorted newest first."""
        if query.criteria.search is not None:
            return {}
        current = query.criteria.sort or query.values["order"]
        return headings(map(str, self._sortable_columns), current, self.default_sort)

    def order_argument(self, order: Sort | TicketOrder | str) -> str | None:
        """Return the parameter ``order`` for a link, or None for the default order."""
        return order_argument(order, self.default_sort)
