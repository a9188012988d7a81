"""Find the previous and next tickets in a list."""

from __future__ import annotations

from typing import NamedTuple

from ...actor import Actor
from ...current import current_tickets
from ..database import run
from ..read_models import TicketInfo
from .list_statements import ListOptions, select_rows
from .row_order import Position, RowOrder
from .ticket_filter import TicketFilter, TicketOrder, list_filter


class Neighbours(NamedTuple):
    """The ids of the previous and next tickets, or None at either end of the list."""

    before: int | None = None
    after: int | None = None


#: For each order, the row orders that lead to the previous and to the next ticket.
_ORDERS = {
    TicketOrder.NEWEST: (RowOrder.OLDEST, RowOrder.NEWEST),
    TicketOrder.OLDEST: (RowOrder.NEWEST, RowOrder.OLDEST),
    TicketOrder.WAITING: (RowOrder.SHORTEST_WAITING, RowOrder.LONGEST_WAITING),
    TicketOrder.PRIORITY: (RowOrder.LOWEST_PRIORITY, RowOrder.HIGHEST_PRIORITY),
}


def get_neighbours(*, actor: Actor, ticket: TicketInfo, criteria: TicketFilter) -> Neighbours:
    """Return the neighbors of ``ticket`` in the list that ``criteria`` describes (D1).

    The ticket does not have to be in the list. If it is no longer waiting, it is followed by the
    ticket that has waited longest. Search results, lists sorted by a host's column, and a tag's
    tickets sorted by priority have no neighbors.
    """
    is_sorted_by_database = criteria.tag is not None and criteria.order is TicketOrder.PRIORITY
    if criteria.search is not None or criteria.sort is not None or is_sorted_by_database:
        return Neighbours()
    filter, values = list_filter(actor, criteria)
    before, after = _ORDERS[criteria.order]
    has_position = not after.is_waiting or ticket.awaiting_since is not None
    position = Position(ticket.priority, ticket.awaiting_since is not None)
    values |= {"after_id": ticket.id, "after_since": ticket.awaiting_since}

    def next_in(order: RowOrder) -> int | None:
        options = ListOptions(
            filter, 1, order, is_after=has_position, columns=("id",), position=position
        )
        found: int | None = run(select_rows(current_tickets.models, options), values).scalar()
        return found

    return Neighbours(next_in(before) if has_position else None, next_in(after))
