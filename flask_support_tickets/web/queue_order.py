"""The queue's sort orders, and the headings that link to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from ..i18n import gettext
from ..services import TicketOrder
from ..services.tickets.sorted_list import Sort

#: The columns that the services sort by, with their orders. The first is the descending one.
OUR_ORDERS = {
    "created_at": (TicketOrder.NEWEST, TicketOrder.OLDEST),
    "id": (TicketOrder.NEWEST, TicketOrder.OLDEST),
    "awaiting_since": (TicketOrder.WAITING, TicketOrder.WAITING),
    "priority": (TicketOrder.PRIORITY, TicketOrder.PRIORITY),
}


class Heading(NamedTuple):
    """How a column's heading sorts the list."""

    #: The value of the parameter ``order`` that the heading links to; None is the default.
    order: str | None
    #: ``ascending`` or ``descending`` if the list is sorted by the column, otherwise None.
    direction: str | None


class ColumnSort(NamedTuple):
    """A column to sort by, such as the one in ``column_default_sort``."""

    name: str
    is_descending: bool

    @property
    def order(self) -> Sort | TicketOrder:
        """The order as the services take it."""
        if self.name not in OUR_ORDERS:
            return Sort(self.name, self.is_descending)
        descending, ascending = OUR_ORDERS[self.name]
        return descending if self.is_descending else ascending


def read_order(
    text: str | None, columns: Collection[str], default: ColumnSort
) -> Sort | TicketOrder | None:
    """Parse ``order``: the value of a `TicketOrder`, a column, or ``-column``.

    Returns None for a column that is not in ``columns``.
    """
    if text is None:
        return default.order
    if text in set(TicketOrder):
        return TicketOrder(text)
    column = ColumnSort(text.removeprefix("-"), text.startswith("-"))
    return column.order if column.name in columns else None


def order_argument(order: Sort | TicketOrder | str, default: ColumnSort) -> str | None:
    """Return the parameter ``order`` for a link, or None for the default order."""
    return None if order == default.order else str(order)


def headings(
    columns: Iterable[str], current: Sort | TicketOrder, default: ColumnSort
) -> dict[str, Heading]:
    """Return the headings of ``columns`` in a list with the order ``current``."""
    return {name: _heading(name, current, default) for name in columns}


def _heading(name: str, current: Sort | TicketOrder, default: ColumnSort) -> Heading:
    """Return a column's heading, which links to the other direction if it is the sort."""
    descending, ascending = ColumnSort(name, True).order, ColumnSort(name, False).order
    if current == descending:
        return Heading(order_argument(ascending, default), "descending")
    if current == ascending:
        return Heading(order_argument(descending, default), "ascending")
    first = descending if name in OUR_ORDERS else ascending
    return Heading(order_argument(first, default), None)


class SortChoice(NamedTuple):
    """An entry in the sort menu."""

    #: The value of the parameter ``order``; None is the default.
    order: str | None
    text: str
    is_current: bool


def sort_choices(
    columns: Iterable[tuple[str, Any]],
    column_headings: Mapping[str, Heading],
    current: Sort | TicketOrder,
    default: ColumnSort,
) -> list[SortChoice]:
    """Return the entries of the sort menu: our orders, then the other sortable columns.

    ``columns`` contains the name and the label of each column.
    """
    ours = [
        (TicketOrder.NEWEST, gettext("Newest first")),
        (TicketOrder.OLDEST, gettext("Oldest first")),
        (TicketOrder.WAITING, gettext("Waiting only, longest first")),
        (TicketOrder.PRIORITY, gettext("Highest priority first")),
    ]
    choices = [
        SortChoice(order_argument(each, default), text, each == current) for each, text in ours
    ]
    for name, text in columns:
        if name in column_headings and name not in OUR_ORDERS:
            heading = column_headings[name]
            choices.append(SortChoice(heading.order, str(text), heading.direction is not None))
    return choices
