"""Parse the query string of the staff's queue: our filters, those of the view, and the order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from sqlalchemy import ColumnElement

from .. import services
from ..actor import Actor
from ..i18n import gettext
from ..models.user_key import parse_id
from ..schemas.fields import complete
from ..schemas.queries import STAFF_FILTERS, QueueListQuery, ticket_filter
from ..services import Neighbours, TicketFilter, TicketOrder
from ..services.pagination import Page
from ..services.read_models import TicketInfo
from ..services.tickets.sorted_list import Sort
from ..services.tickets.ticket_filter import ALL_TICKETS
from .list_query import ListQuery, list_argument_names, list_schema, load_query, used_arguments
from .locale import current_time_zone
from .queue_order import ColumnSort, read_order

#: The parameters that only the queue has.
QUEUE_ARGUMENTS = ("requester", *STAFF_FILTERS.values(), "pageSize")


class ViewFilter(Protocol):
    """A filter that a view adds to ours."""

    @property
    def argument(self) -> str:
        """The name in URLs, without the number."""

    @property
    def label(self) -> str:
        """The label of the filtered column."""


@dataclass(frozen=True)
class ActiveFilter:
    """A view's filter in the URL, with its parameter and value."""

    argument: str
    value: str
    filter: ViewFilter


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


@dataclass(frozen=True)
class QueueOptions:
    """The filters, sort columns and page sizes that a view supports."""

    #: Returns the view's filter for a query parameter, or None.
    find_filter: Callable[[str], ViewFilter | None]
    #: Returns the condition of a filter for a value, or None. Raises `ValueError` if it is invalid.
    condition_of: Callable[[Any, str], ColumnElement[bool] | None]
    sortable_columns: Collection[str]
    default_sort: ColumnSort
    #: The page sizes to choose from, if any.
    page_sizes: Collection[int]
    #: Returns the requested page size if it is allowed, otherwise the default.
    page_size_of: Callable[[int | None], int]

    def argument_names(self, given: Mapping[str, str]) -> tuple[str, ...]:
        """Return the names of the query parameters that the links of a list preserve."""
        own = (name for name in given if self.find_filter(name) is not None)
        return (*list_argument_names(), *QUEUE_ARGUMENTS, *own)


def read_queue_query(options: QueueOptions, actor: Actor, given: Mapping[str, str]) -> QueueQuery:
    """Parse the parameters in ``given``. Unknown ones are ignored."""
    arguments = used_arguments(given)
    names = options.argument_names(arguments)
    loaded = load_query(list_schema(complete(QueueListQuery), "page_size"), arguments, names)
    errors = dict(loaded.errors)
    order = read_order(arguments.get("order"), options.sortable_columns, options.default_sort)
    if order is None:
        errors["order"] = [gettext("You can't sort by this column.")]
    sort = order if isinstance(order, Sort) else None
    our_order = order if isinstance(order, TicketOrder) else TicketOrder.NEWEST
    values = {**loaded.values, "order": our_order}
    active, conditions = _read_filters(options, arguments, errors)
    size = _read_page_size(options, arguments.get("pageSize"), errors)
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
    narrowing = {*names} - {"status", "order", "page", "pageSize"}
    is_narrow = bool(narrowing & arguments.keys()) or our_order is TicketOrder.WAITING
    return replace(query, criteria=criteria, has_filters=is_narrow)


def _read_filters(
    options: QueueOptions, arguments: Mapping[str, str], errors: dict[str, Any]
) -> tuple[list[ActiveFilter], tuple[ColumnElement[bool], ...]]:
    """Return the view's filters in ``arguments``, and their conditions."""
    active, conditions = [], []
    for name, value in arguments.items():
        found = options.find_filter(name)
        if found is not None:
            active.append(ActiveFilter(name, value, found))
            try:
                conditions.append(options.condition_of(found, value))
            except ValueError:
                errors[name] = [gettext("This value isn't valid.")]
        elif name.startswith("flt") and name not in list_argument_names():
            errors[name] = [gettext("This filter doesn't exist.")]
    return active, tuple(each for each in conditions if each is not None)


def _read_page_size(options: QueueOptions, text: str | None, errors: dict[str, Any]) -> int:
    number = parse_id(text or "0")
    if text and options.page_sizes and number not in options.page_sizes:
        sizes = ", ".join(map(str, options.page_sizes))
        errors["pageSize"] = [gettext("Choose one of: %(names)s.") % {"names": sizes}]
    return options.page_size_of(number)


def find_queue_page(
    actor: Actor, query: QueueQuery, *, with_counts: bool = False, only_state: bool = False
) -> Page[TicketInfo]:
    """Return the page of tickets for ``query``, or an empty page if it has errors."""
    if query.errors:
        return Page([], 0, False)
    return services.list_tickets(
        actor=actor,
        criteria=query.criteria,
        page=query.values["page"],
        page_size=query.page_size,
        with_counts=with_counts,
        only_state=only_state,
    )


def existing_page(options: QueueOptions, actor: Actor, arguments: dict[str, str]) -> dict[str, str]:
    """Return ``arguments`` with the last page of the list if their page is empty now."""
    if "page" not in arguments:
        return arguments
    query = read_queue_query(options, actor, arguments)
    found = find_queue_page(actor, query)
    if query.errors or found.items:
        return arguments
    number, size = query.values["page"], query.page_size
    # A capped count does not tell which page is the last one.
    last = number - 1 if found.is_capped else min(number - 1, -(-found.total_count // size))
    if last > 1:
        return {**arguments, "page": str(last)}
    return {name: text for name, text in arguments.items() if name != "page"}


def find_neighbours(
    options: QueueOptions, actor: Actor, ticket: TicketInfo, arguments: Mapping[str, str]
) -> Neighbours:
    """Return the tickets before and after ``ticket`` in a list, or neither if it is invalid."""
    query = read_queue_query(options, actor, arguments)
    if query.errors:
        return Neighbours()
    return services.get_neighbours(actor=actor, ticket=ticket, criteria=query.criteria)
