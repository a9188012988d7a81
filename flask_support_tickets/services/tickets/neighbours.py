"""Find the previous and the next ticket in a list."""

from __future__ import annotations

from typing import NamedTuple

from ...actor import Actor
from ...current import current_tickets
from ..database import run
from ..read_models import TicketInfo
from .list_statements import ListOptions, RowOrder, select_rows
from .listing import TicketFilter, TicketOrder, list_filter


class Neighbours(NamedTuple):
    """The ids of the previous and the next ticket; None where the list ends."""

    before: int | None = None
    after: int | None = None


#: The orders in which the previous and the next ticket follow.
_ORDERS = {
    TicketOrder.NEWEST: (RowOrder.OLDEST, RowOrder.NEWEST),
    TicketOrder.OLDEST: (RowOrder.NEWEST, RowOrder.OLDEST),
    TicketOrder.WAITING: (RowOrder.SHORTEST_WAITING, RowOrder.LONGEST_WAITING),
}


def get_neighbours(*, actor: Actor, ticket: TicketInfo, criteria: TicketFilter) -> Neighbours:
    """Return the neighbours of ``ticket`` in the list of ``criteria`` (D1).

    The ticket does not have to be in the list. If it is no longer waiting, the longest waiting
    ticket is next. Search results have no neighbours.
    """
    if criteria.search is not None:
        return Neighbours()
    filter, values = list_filter(actor, criteria)
    before, after = _ORDERS[criteria.order]
    has_position = not after.is_waiting or ticket.awaiting_since is not None
    values |= {"after_id": ticket.id, "after_since": ticket.awaiting_since}

    def next_in(order: RowOrder) -> int | None:
        options = ListOptions(filter, 1, order, is_after=has_position, columns=("id",))
        found: int | None = run(select_rows(current_tickets.models, options), values).scalar()
        return found

    return Neighbours(next_in(before) if has_position else None, next_in(after))
