"""The queue's toolbar: filters, orders and page sizes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any, NamedTuple

from flask import request

from .. import services
from ..actor import Actor
from ..models import TicketStatus
from ..services.access import scope_of
from ..services.pagination import COUNT_MAX
from ..services.tickets.fields import filter_fields
from ..services.tickets.sorted_list import Sort
from ..services.tickets.ticket_filter import TicketOrder
from ..web.status_tabs import status_tabs
from .base_view import StaffView
from .filters import BUILT_IN_FILTERS, HostFilter
from .queue_query import OUR_ORDERS, ActiveFilter, QueueQuery, orders_by

#: The parameter that adds one of the host's filters to the form.
ADD_FILTER = "addFilter"


class Heading(NamedTuple):
    """How a column's heading sorts the list."""

    #: The value of the parameter ``order`` that the heading links to; None is the default.
    order: str | None
    #: ``ascending`` or ``descending`` if the list is sorted by the column, otherwise None.
    direction: str | None


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
            "filter_inputs": self._filter_inputs(query),
            "headings": self._headings(query),
            "orders": TicketOrder,
        }

    def _get_filter_groups(self) -> dict[str, list[HostFilter]]:
        """Return the host's filters by label, for the form that adds one."""
        groups: dict[str, list[HostFilter]] = {}
        for each in self._host_filters:
            groups.setdefault(each.label, []).append(each)
        return groups

    def _filter_inputs(self, query: QueueQuery) -> list[ActiveFilter]:
        """Return the active filters, and the filter to add without a value."""
        active = list(query.host_filters)
        added = self.find_filter(f"flt_{request.args.get(ADD_FILTER)}")
        if added is not None:
            names = (f"flt{number}_{added.argument}" for number in count(len(active)))
            argument = next(name for name in names if name not in request.args)
            active.append(ActiveFilter(argument, "", added))
        return active

    def _headings(self, query: QueueQuery) -> dict[str, Heading]:
        """Return the sortable columns. Search results are always sorted newest first."""
        if query.criteria.search is not None:
            return {}
        current = query.criteria.sort or query.values["order"]
        return {str(name): self._heading(str(name), current) for name in self._sortable_columns}

    def _heading(self, name: str, current: Sort | TicketOrder) -> Heading:
        """Return a column's heading, which links to the other direction if it is the sort."""
        descending, ascending = orders_by(name)
        if current not in (descending, ascending):
            first = descending if name in OUR_ORDERS else ascending
            return Heading(self.order_argument(first), None)
        is_descending = current == descending
        return Heading(
            self.order_argument(ascending if is_descending else descending),
            "descending" if is_descending else "ascending",
        )

    def order_argument(self, order: Sort | TicketOrder | str) -> str | None:
        """Return the parameter ``order`` for a link, or None for the default order."""
        name, is_descending = self.default_sort
        default = orders_by(name)[0 if is_descending else 1]
        return None if order == default else str(order)
