"""Read: what stands before and after a ticket in a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import literal_column, select, union_all

from ...models import Models, TicketStatus
from ...policy import Actor
from ..database import prepared, run
from ..read_models import Shown
from .list_statements import rows_in
from .listing import TicketFilter, TicketOrder, limits_of


class Neighbours(NamedTuple):
    """The ids of the tickets on either side; None where the list ends."""

    before: int | None = None
    after: int | None = None


#: By which way of `rows_in` the one before is found, and the one after.
_WAYS: Mapping[TicketOrder, Mapping[str, tuple[str, ...]]] = {
    TicketOrder.NEWEST: {"before": ("from_end", "bound"), "after": ("bound",)},
    TicketOrder.OLDEST: {"before": ("bound",), "after": ("from_end", "bound")},
    TicketOrder.WAITING: {
        "before": ("waiting", "beyond", "back"),
        "after": ("waiting", "beyond"),
    },
}
_LONGEST_WAITING = {"after": ("waiting",)}


def get_neighbours(*, actor: Actor, ticket: Shown, criteria: TicketFilter) -> Neighbours:
    """Return what stands beside ``ticket`` in the list that ``criteria`` tells (D1).

    The ticket need not be in the list any more: then they stand beside where it would be. In the
    order `TicketOrder.WAITING`, one that waits no longer is followed by the longest waiting. The
    matches of a search have no neighbours.
    """
    values = limits_of(actor, criteria)
    if values is None or criteria.search is not None:
        return Neighbours()
    place, ways = {"bound": ticket.id}, _WAYS[criteria.order]
    if criteria.order is TicketOrder.WAITING:
        place["since"] = ticket.awaiting_since
        if ticket.awaiting_since is None:
            place, ways = {}, _LONGEST_WAITING
    statuses = tuple(sorted(set(criteria.statuses)))
    statement = prepared(_beside, tuple(values), statuses, *ways.items())
    return Neighbours(**dict(run(statement, {**values, **place}).all()))


def _beside(
    models: Models,
    names: tuple[str, ...],
    statuses: tuple[TicketStatus, ...],
    *ways: tuple[str, tuple[str, ...]],
) -> Any:
    """Build: the first ticket of each way, and what the way is called."""
    parts = []
    for side, way in ways:
        first = rows_in(models, ("id",), names, statuses, 1, *way).subquery()
        parts.append(select(literal_column(f"'{side}'"), first.c.id))
    return union_all(*parts)
