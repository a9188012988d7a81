"""What the toolbar of the queue offers: filters, orders and page sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flask import request

from .. import services
from ..actor import Actor
from ..i18n import gettext
from ..models import TicketStatus
from ..models.status import status_label
from ..schemas.fields import OPEN
from ..services.access import scope_of
from ..services.pagination import COUNT_MAX
from ..services.tickets.fields import DEPARTMENT, filter_fields
from ..services.tickets.sorted_list import Sort
from ..services.tickets.ticket_filter import TicketOrder
from .base_view import StaffView
from .filters import HostFilter
from .queue_query import OUR_ORDERS, QueueQuery

#: The parameter that adds one of the host's filters to the form.
ADD_FILTER = "addFilter"


class Heading(NamedTuple):
    """How a column's heading sorts the list."""

    #: The value of the parameter ``order`` that the heading links to; None is the default.
    order: str | None
    #: ``ascending`` or ``descending`` if the list is sorted by the column, otherwise None.
    direction: str | None


class Tab(NamedTuple):
    """A link that filters the list by status."""

    text: str
    #: The parameter ``status``; None shows all tickets.
    status: str | None
    #: The number of tickets, or None if the list is not counted by status.
    number: int | None
    #: Whether there are more tickets than that.
    is_capped: bool
    is_current: bool


class FilterInput(NamedTuple):
    """The input for one of the host's filters."""

    argument: str
    value: str
    filter: HostFilter
    #: Values and labels to choose from; empty if any value can be entered.
    options: list[tuple[str, Any]]


class ToolbarView(StaffView):
    """The part of the view that fills the toolbar."""

    def toolbar_context(
        self, query: QueueQuery, actor: Actor, by_status: Mapping[TicketStatus, int] | None
    ) -> dict[str, Any]:
        """Return the template variables for the toolbar and the table's headings."""
        is_exact = scope_of(actor).is_all and not query.has_filters
        assignees = services.recent_assignees()
        offered = self.column_filters or ()
        has_department = "department" in offered
        return {
            "tabs": list(_tabs(query, by_status, None if is_exact else COUNT_MAX)),
            "statuses": list(TicketStatus),
            "built_in_filters": offered,
            "filters": [
                field for field in filter_fields() if field is not DEPARTMENT or has_department
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

    def _filter_inputs(self, query: QueueQuery) -> list[FilterInput]:
        """Return an input for each active filter, and one for the filter to add."""
        given = [(each.argument, each.value, each.filter) for each in query.host_filters]
        added = self.find_filter(f"flt_{request.args.get(ADD_FILTER)}")
        if added is not None:
            given.append((f"flt{len(given)}_{added.argument}", "", added))
        return [FilterInput(*each, self.options_of(each[2])) for each in given]

    def _headings(self, query: QueueQuery) -> dict[str, Heading]:
        """Return the sortable columns. Search results are always sorted newest first."""
        if query.criteria.search is not None:
            return {}
        current = query.criteria.sort or query.values["order"]
        return {str(name): self._heading(str(name), current) for name in self._sortable_columns}

    def _heading(self, name: str, current: Sort | TicketOrder) -> Heading:
        """Return a column's heading, which links to the other direction if it is the sort."""
        descending, ascending = OUR_ORDERS.get(name, (Sort(name, True), Sort(name)))
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
        ours = OUR_ORDERS.get(name, (Sort(name, True), Sort(name)))
        return None if order == ours[0 if is_descending else 1] else str(order)


def _tabs(
    query: QueueQuery, by_status: Mapping[TicketStatus, int] | None, limit: int | None
) -> Iterator[Tab]:
    """Yield the tabs. Counts end at ``limit``."""
    chosen, both = set(query.values["status"]), {TicketStatus.New, TicketStatus.InProgress}
    tabs: list[tuple[str, str | None, set[TicketStatus]]] = [(gettext("Open"), OPEN, both)]
    tabs += [(status_label(each), each.name, {each}) for each in TicketStatus]
    for text, status, statuses in [*tabs, (gettext("All"), None, set[TicketStatus]())]:
        is_one = len(statuses) == 1 and statuses < chosen != both
        total = None
        if by_status is not None:
            total = sum(by_status[each] for each in statuses or TicketStatus)
        is_capped = limit is not None and (total or 0) > limit
        number = limit if is_capped else total
        yield Tab(text, status, number, is_capped, is_one or statuses == chosen)
