"""Parse the query string of the queue: our filters, the host's filters and the order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import request
from sqlalchemy import ColumnElement

from .. import services
from ..actor import Actor
from ..current import current_tickets
from ..i18n import gettext
from ..models.user_key import parse_id
from ..schemas.fields import complete
from ..schemas.queries import QueueListQuery, ticket_filter
from ..services import TicketFilter, TicketOrder
from ..services.pagination import Page
from ..services.read_models import TicketInfo
from ..services.tickets.sorted_list import Sort
from ..services.tickets.ticket_filter import ALL_TICKETS
from ..web.list_query import (
    ListQuery,
    list_argument_names,
    list_schema,
    load_query,
    used_arguments,
)
from ..web.locale import current_time_zone
from .filters import QUEUE_ARGUMENTS, FiltersView, HostFilter

#: The columns that the services sort by, with their orders. The first is the descending one.
OUR_ORDERS = {
    "created_at": (TicketOrder.NEWEST, TicketOrder.OLDEST),
    "id": (TicketOrder.NEWEST, TicketOrder.OLDEST),
    "awaiting_since": (TicketOrder.WAITING, TicketOrder.WAITING),
    "priority": (TicketOrder.PRIORITY, TicketOrder.PRIORITY),
}


def orders_by(name: str) -> tuple[Sort | TicketOrder, Sort | TicketOrder]:
    """Return the descending and the ascending order for a column."""
    return OUR_ORDERS.get(name, (Sort(name, True), Sort(name)))


@dataclass(frozen=True)
class ActiveFilter:
    """A filter of the host that is in the URL, with its parameter and value."""

    argument: str
    value: str
    filter: HostFilter


@dataclass(frozen=True)
class QueueQuery(ListQuery):
    """A parsed query string of the queue."""

    criteria: TicketFilter = ALL_TICKETS
    page_size: int = 20
    host_filters: Sequence[ActiveFilter] = ()
    #: Whether anything other than the status limits the list.
    has_filters: bool = False

    def label(self, name: str) -> Any:
        found = (each.filter.label for each in self.host_filters if each.argument == name)
        return next(found, None) or super().label(name)


class QueueQueryView(FiltersView):
    """The part of the view that reads and builds the URLs of the queue."""

    column_sortable_list: Any = ("created_at", "awaiting_since")

    def read_query(self, actor: Actor, given: Mapping[str, str] | None = None) -> QueueQuery:
        """Parse ``given`` or the current request's query string. Unknown parameters are ignored."""
        arguments = used_arguments(request.args if given is None else given)
        schema = list_schema(complete(QueueListQuery), "page_size")
        loaded = load_query(schema, arguments, self.list_argument_names(arguments))
        errors = dict(loaded.errors)
        order, sort = self._read_order(arguments.get("order"), errors)
        values = {**loaded.values, "order": order}
        active, conditions = self._read_filters(arguments, errors)
        size = self._read_page_size(arguments.get("pageSize"), errors)
        query = QueueQuery(values, errors, page_size=size, host_filters=active)
        if errors:
            return query
        requester = values["requester"]
        owners = None if requester is None else services.find_requesters(requester)
        criteria = replace(
            ticket_filter(values, actor, current_time_zone),
            conditions=conditions,
            sort=sort,
            owners=owners,
        )
        narrowing = {*self.list_argument_names(arguments)} - {"status", "order", "page", "pageSize"}
        is_narrow = bool(narrowing & arguments.keys()) or order is TicketOrder.WAITING
        return replace(query, criteria=criteria, has_filters=is_narrow)

    def find_page(self, actor: Actor, query: QueueQuery, **options: Any) -> Page[TicketInfo]:
        """Return the page of tickets for ``query``, or an empty page if it has errors."""
        if query.errors:
            return Page([], 0, False)
        return services.list_tickets(
            actor=actor,
            criteria=query.criteria,
            page=query.values["page"],
            page_size=query.page_size,
            **options,
        )

    def _read_order(
        self, text: str | None, errors: dict[str, Any]
    ) -> tuple[TicketOrder, Sort | None]:
        """Return the order for ``newest``, ``oldest``, ``waiting``, a column, or ``-column``."""
        if text is None:
            name, is_descending = self.default_sort
        elif text in set(TicketOrder):
            return TicketOrder(text), None
        else:
            name, is_descending = text.removeprefix("-"), text.startswith("-")
            if name not in self._sortable_columns:
                errors["order"] = [gettext("You can't sort by this column.")]
                return TicketOrder.NEWEST, None
        order = orders_by(name)[0 if is_descending else 1]
        return (TicketOrder.NEWEST, order) if isinstance(order, Sort) else (order, None)

    @property
    def default_sort(self) -> tuple[str, bool]:
        """The column in ``column_default_sort``, and whether it is descending."""
        declared: Any = self.column_default_sort or ("created_at", True)
        if isinstance(declared, list):
            [declared] = declared
        name, is_descending = declared if isinstance(declared, tuple) else (declared, False)
        return str(getattr(name, "key", name)), is_descending

    def _read_filters(
        self, arguments: Mapping[str, str], errors: dict[str, Any]
    ) -> tuple[list[ActiveFilter], tuple[ColumnElement[bool], ...]]:
        """Return the host's filters in ``arguments``, and their conditions."""
        active, conditions = [], []
        for name, value in arguments.items():
            found = self.find_filter(name)
            if found is not None:
                active.append(ActiveFilter(name, value, found))
                try:
                    conditions.append(self.condition_of(found, value))
                except ValueError:
                    errors[name] = [gettext("This value isn't valid.")]
            elif name.startswith("flt") and name not in list_argument_names():
                errors[name] = [gettext("This filter doesn't exist.")]
        return active, tuple(each for each in conditions if each is not None)

    def list_argument_names(self, given: Mapping[str, str]) -> tuple[str, ...]:
        """Return the names of the query parameters that the links of a list preserve."""
        host = (name for name in given if self.find_filter(name) is not None)
        return (*list_argument_names(), *QUEUE_ARGUMENTS, *host)

    def list_arguments(self) -> dict[str, str]:
        """Return the list parameters in the current request's query string, unparsed."""
        names = self.list_argument_names(request.args)
        return {name: request.args[name] for name in names if request.args.get(name)}

    def _read_page_size(self, text: str | None, errors: dict[str, Any]) -> int:
        number = parse_id(text or "0")
        if text and self.can_set_page_size and number not in self.page_size_options:
            sizes = ", ".join(map(str, self.page_size_options))
            errors["pageSize"] = [gettext("Choose one of: %(names)s.") % {"names": sizes}]
        return self.get_safe_page_size(number)

    def get_safe_page_size(self, page_size: int | None) -> int:
        """Return a page size that the user may choose, or the view's, or the app's."""
        is_choice = self.can_set_page_size and page_size in self.page_size_options
        size: int = page_size if is_choice and page_size else self.page_size
        return size or current_tickets.config.page_size
