"""List tickets: any page, in either order, at about the cost of the first (rule P2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from ...actor import Actor
from ...current import current_tickets
from ...models import TicketStatus
from ...models.counter import BLOCK_SIZE
from ..access import scope_of, visible_conditions
from ..database import prepared, rows_of, run
from ..pagination import USER_COLUMNS, Page, PageRequest, rows_state
from ..read_models import TicketInfo, names_in, ticket_infos
from ..search.query import COUNT_MAX, find_page
from ..user_names import get_user_names
from .counters import Totals, find_block, read_totals
from .list_statements import (
    ListFilter,
    ListOptions,
    RowOrder,
    count_tickets,
    count_waiting,
    select_rows,
    select_rows_by_id,
)

#: The columns that an ETag of tickets is made from.
TICKET_KEYS = ("id", "version", "user_id", "assigned_to_user_id")
#: Rows that are stepped over one by one; further ones are reached by blocks.
_NEAR = 200


class TicketOrder(StrEnum):
    """The order of a list. Matches of a search are always newest first."""

    NEWEST = "newest"
    OLDEST = "oldest"
    #: Only tickets that wait for staff, the longest waiting first (R2).
    WAITING = "waiting"


@dataclass(frozen=True)
class TicketFilter:
    """Which tickets a list has; by default all that the actor can see."""

    statuses: Collection[TicketStatus] = ()
    search: str | None = None
    owner: Any = None
    assigned_to: Any = None
    department: str | None = None
    #: Declared fields that equal a value, by name, such as ``{"department": "Sales"}``.
    fields: Mapping[str, Any] = field(default_factory=dict)
    #: Only those without an assignee.
    is_unassigned: bool = False
    order: TicketOrder = TicketOrder.NEWEST

    @property
    def values(self) -> dict[str, Any]:
        """The columns that are compared with a value."""
        values = {
            "user_id": self.owner,
            "assigned_to_user_id": self.assigned_to,
            "department": self.department,
            **self.fields,
        }
        return {name: value for name, value in values.items() if value is not None}


def list_tickets(
    *,
    actor: Actor,
    criteria: TicketFilter = TicketFilter(),
    page: int = 1,
    page_size: int = 20,
    after_id: int | None = None,
    only_state: bool = False,
) -> Page[TicketInfo]:
    """Return a page (from 1) of tickets; past the end it is empty.

    ``after_id`` and ``only_state`` are those of `PageRequest`. Raises `ValueError` for ``after_id``
    in the order `TicketOrder.WAITING`, which does not follow the ids.
    """
    request = PageRequest(page, page_size, after_id, only_state)
    # The change counter of all tickets is the ETag of whoever sees them all.
    totals = read_totals() if actor.is_staff else None
    if only_state and totals is not None:
        return Page([], 0, False, _state_of_all(totals))
    found = _find(_List(actor, criteria, totals), request)
    known: Mapping[Any, str] = {}
    items: Sequence[TicketInfo] = []
    if not only_state:
        items = ticket_infos(found.rows, actor)
        known = names_in(items)
    if totals is not None:
        state = _state_of_all(totals)
    else:
        ids = {user_id for row in found.rows for user_id in (row.user_id, row.assigned_to_user_id)}
        names = get_user_names(ids, actor, known)
        state = (found.total, found.has_more, *rows_state(found.rows, TICKET_KEYS, names))
    by_status = totals.by_status if totals is not None else None
    return Page(items, found.total, found.has_more, state, found.is_capped, by_status)


def list_filter(actor: Actor, criteria: TicketFilter) -> tuple[ListFilter, dict[str, Any]]:
    """Return what the statements of a list depend on, and their parameters."""
    scope, values = scope_of(actor), criteria.values
    statuses = tuple(sorted(set(criteria.statuses)))
    if len(statuses) == len(TicketStatus):
        statuses = ()
    filter = ListFilter(scope, tuple(values), criteria.is_unassigned, statuses)
    return filter, {**values, **scope.parameters(actor)}


class _List:
    """A list as an actor sees it."""

    def __init__(self, actor: Actor, criteria: TicketFilter, totals: Totals | None) -> None:
        self.actor = actor
        self.criteria = criteria
        self.totals = totals
        self.filter, self.values = list_filter(actor, criteria)

    def count(self) -> int:
        """Return how many tickets it has: from the counters, or along an index."""
        if self.totals is not None and not self.filter.is_narrow:
            return self.totals.of(self.filter.statuses)
        return int(run(prepared(count_tickets, self.filter), self.values).scalar_one())


class _Found(NamedTuple):
    """The rows of a page, and how many the list has."""

    rows: Sequence[Any]
    total: int
    has_more: bool = False
    #: Whether there are more than ``total``.
    is_capped: bool = False


def _state_of_all(totals: Totals) -> tuple[Any, ...]:
    return (*totals.by_status.values(), totals.changes)


def _find(tickets: _List, request: PageRequest) -> _Found:
    """Return a page by the shortest way to it (P2)."""
    if tickets.criteria.search is not None:
        return _find_matches(tickets, tickets.criteria.search, request)
    if tickets.criteria.order is TicketOrder.WAITING:
        return _find_waiting(tickets, request)
    forward, backward = RowOrder.NEWEST, RowOrder.OLDEST
    if tickets.criteria.order is TicketOrder.OLDEST:
        forward, backward = backward, forward
    total, size, offset = tickets.count(), request.page_size, request.offset
    left = total - offset
    is_narrow = tickets.filter.is_narrow
    if left <= 0:
        return _Found([], total)
    if request.after_id is not None:
        rows = _rows(tickets, request, size + 1, forward, after_id=request.after_id)
    elif offset <= _NEAR or (is_narrow and offset <= left):
        rows = _rows(tickets, request, size + 1, forward, offset=offset)
    elif is_narrow or left - size <= _NEAR:
        from_end = max(left - size, 0)
        rows = _rows(tickets, request, min(size, left), backward, offset=from_end)[::-1]
        return _Found(rows, total, from_end > 0)
    else:
        rows = _rows_by_block(tickets, request, total)
        return _Found(rows, total, bool(rows) and left > size)
    return _Found(rows[:size], total, len(rows) > size)


def _rows_by_block(tickets: _List, request: PageRequest, total: int) -> list[Any]:
    """Return the rows of a page far from both ends: the counters say in which block it begins."""
    is_newest_first = tickets.criteria.order is TicketOrder.NEWEST
    count = min(request.page_size, total - request.offset)
    offset = request.offset if is_newest_first else total - request.offset - count
    place = find_block(tickets.filter.statuses, offset)
    if place is None:  # the numbers have just changed
        return []
    block, newer = place
    rows = _rows(
        tickets,
        request,
        count,
        RowOrder.NEWEST,
        offset=offset - newer,
        after_id=(block + 1) * BLOCK_SIZE,
    )
    return rows if is_newest_first else rows[::-1]


def _find_waiting(tickets: _List, request: PageRequest) -> _Found:
    if request.after_id is not None:
        raise ValueError("Waiting tickets are not in the order of their ids; ask for a page.")
    limit, size = COUNT_MAX + 1, request.page_size
    count = int(run(prepared(count_waiting, tickets.filter, limit), tickets.values).scalar_one())
    rows: list[Any] = []
    if count:
        order = RowOrder.LONGEST_WAITING
        rows = _rows(tickets, request, size + 1, order, offset=request.offset)
    return _Found(rows[:size], min(count, COUNT_MAX), len(rows) > size, count > COUNT_MAX)


def _rows(
    tickets: _List,
    request: PageRequest,
    limit: int,
    order: RowOrder,
    *,
    offset: int = 0,
    after_id: int | None = None,
) -> list[Any]:
    options = ListOptions(
        tickets.filter,
        limit,
        order,
        is_after=after_id is not None,
        has_offset=offset > 0,
        columns=TICKET_KEYS if request.only_state else (),
    )
    values = {**tickets.values, "after_id": after_id, "offset": offset, "reach": offset + limit}
    return rows_of(prepared(select_rows, options), values)


def _find_matches(tickets: _List, search: str, request: PageRequest) -> _Found:
    found = find_page(
        search,
        _conditions(tickets),
        page=request.page,
        page_size=request.page_size,
        after_id=request.after_id,
    )
    rows: list[Any] = []
    if found.ids:
        values = {**tickets.values, "one_of": found.ids[: request.page_size]}
        scope, columns = tickets.filter.scope, TICKET_KEYS if request.only_state else ()
        rows = rows_of(prepared(select_rows_by_id, scope, columns), values)
    has_more = len(found.ids) > request.page_size
    return _Found(rows, found.total_count, has_more, found.is_capped)


def _conditions(tickets: _List) -> list[Any]:
    """Return the conditions on a ticket's columns that its list has, for a search."""
    models = current_tickets.models
    model, user_key = models.Ticket, models.user_key
    conditions: list[Any] = visible_conditions(tickets.actor)
    if tickets.filter.is_unassigned:
        conditions.append(model.assigned_to_user_id.is_(None))
    for name, value in tickets.criteria.values.items():
        column = getattr(model, name)
        conditions.append(
            user_key.equals(column, value) if name in USER_COLUMNS else column == value
        )
    if tickets.criteria.statuses:
        conditions.append(model.status.in_(tickets.criteria.statuses))
    return conditions
