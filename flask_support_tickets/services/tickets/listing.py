"""List tickets. Any page, in either order, is about as fast as the first (rule P2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import literal

from ...actor import Actor
from ...current import current_tickets
from ...models import TicketStatus
from ...models.counter import BLOCK_SIZE
from ..access import Scope, scope_of
from ..database import comparison_type, dialect_name, prepared, rows_of, run
from ..pagination import COUNT_MAX, USER_COLUMNS, Page, PageRequest, rows_state
from ..read_models import TicketInfo, names_in, ticket_infos
from ..search.query import find_page
from ..user_names import get_user_names
from .counters import Totals, find_block, read_totals
from .list_statements import (
    ListFilter,
    ListOptions,
    RowOrder,
    count_tickets,
    count_up_to,
    select_rows,
    select_rows_by_id,
)

#: The columns that a ticket's ETag depends on.
TICKET_KEYS = ("id", "version", "user_id", "assigned_to_user_id")
#: The maximum offset in SQL. Pages farther from both ends are found by block.
_NEAR = 200


class TicketOrder(StrEnum):
    """The order of a list. Search results are always newest first."""

    NEWEST = "newest"
    OLDEST = "oldest"
    #: Only tickets that are waiting for staff, starting with the longest wait (R2).
    WAITING = "waiting"


@dataclass(frozen=True)
class TicketFilter:
    """The filters and order of a list. By default, no tickets are filtered out."""

    statuses: Collection[TicketStatus] = ()
    search: str | None = None
    owner: Any = None
    assigned_to: Any = None
    department: str | None = None
    #: The values of declared fields by name, such as ``{"department": "Sales"}``.
    fields: Mapping[str, Any] = field(default_factory=dict)
    is_unassigned: bool = False
    order: TicketOrder = TicketOrder.NEWEST

    @property
    def values(self) -> dict[str, Any]:
        """The values to filter by, keyed by column name."""
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
    """Return a page of tickets, or an empty page past the end. See `PageRequest`.

    Raises `ValueError` if ``after_id`` is used with `TicketOrder.WAITING`, which sorts by time.
    """
    totals = read_totals() if scope_of(actor).is_all else None
    # If the actor can see all tickets, the counters are enough for the ETag of any list.
    state = () if totals is None else (*totals.by_status.values(), totals.changes)
    if only_state and state:
        return Page([], 0, False, state)
    request = PageRequest(page, page_size, after_id, only_state)
    found = _Finder(actor, criteria, request, totals).find()
    items = [] if only_state else ticket_infos(found.items, actor)
    if totals is not None:
        return replace(found, items=items, state=state, by_status=totals.by_status)
    user_ids = {getattr(row, column) for row in found.items for column in USER_COLUMNS}
    names = get_user_names(user_ids, actor, names_in(items))
    state = (found.total_count, found.has_more, *rows_state(found.items, TICKET_KEYS, names))
    return replace(found, items=items, state=state)


def list_filter(actor: Actor, criteria: TicketFilter) -> tuple[ListFilter, dict[str, Any]]:
    """Return the filter for `ListOptions`, and the parameters for its statements."""
    is_own = criteria.owner is not None and criteria.owner == actor.id
    scope, values = Scope(is_staff=False) if is_own else scope_of(actor), criteria.values
    statuses = tuple(sorted(set(criteria.statuses)))
    if len(statuses) == len(TicketStatus):
        statuses = ()
    filter = ListFilter(scope, tuple(values), criteria.is_unassigned, statuses)
    return filter, {**values, **scope.parameters(actor)}


class _Finder:
    """Finds the rows of a page and counts the tickets in the list."""

    def __init__(
        self, actor: Actor, criteria: TicketFilter, request: PageRequest, totals: Totals | None
    ) -> None:
        self.actor, self.criteria, self.request, self.totals = actor, criteria, request, totals
        self.filter, self.values = list_filter(actor, criteria)
        self.columns = TICKET_KEYS if request.only_state else ()

    def find(self) -> Page[Any]:
        """Find the page in the cheapest way and return it (P2)."""
        if self.criteria.search is not None:
            return self._search(self.criteria.search)
        if self.criteria.order is TicketOrder.WAITING:
            if self.request.after_id is not None:
                raise ValueError("Waiting tickets are not ordered by id; use page, not after_id.")
            return self._find_up_to(RowOrder.LONGEST_WAITING)
        forward, backward = RowOrder.NEWEST, RowOrder.OLDEST
        if self.criteria.order is TicketOrder.OLDEST:
            forward, backward = backward, forward
        if self.filter.scope.criterion is not None:
            return self._find_up_to(forward)
        total, size, offset = self._count(), self.request.page_size, self.request.offset
        left, is_narrow = total - offset, self.filter.is_narrow
        if left <= 0:
            return Page([], total, False)
        if self.request.after_id is not None:
            rows = self._read(size + 1, forward, after_id=self.request.after_id)
        elif offset <= _NEAR or (is_narrow and offset <= left):
            rows = self._read(size + 1, forward, offset=offset)
        elif is_narrow or left - size <= _NEAR:
            from_end = max(left - size, 0)
            rows = self._read(min(size, left), backward, offset=from_end)[::-1]
            return Page(rows, total, from_end > 0)
        else:
            rows = self._read_by_block(total)
            return Page(rows, total, bool(rows) and left > size)
        return Page(rows[:size], total, len(rows) > size)

    def _count(self) -> int:
        if self.totals is not None and not self.filter.is_narrow:
            return self.totals.of(self.filter.statuses)
        return int(run(prepared(count_tickets, self.filter), self.values).scalar_one())

    def _read_by_block(self, total: int) -> list[Any]:
        """Return the rows of a page far from both ends, starting from a block in the counters."""
        is_newest_first = self.criteria.order is TicketOrder.NEWEST
        count = min(self.request.page_size, total - self.request.offset)
        offset = self.request.offset if is_newest_first else total - self.request.offset - count
        found = find_block(self.filter.statuses, offset)
        if found is None:  # the counters have just changed
            return []
        block, newer = found
        after_id = (block + 1) * BLOCK_SIZE
        rows = self._read(count, RowOrder.NEWEST, offset=offset - newer, after_id=after_id)
        return rows if is_newest_first else rows[::-1]

    def _find_up_to(self, order: RowOrder) -> Page[Any]:
        """Return the page, counting tickets only up to `COUNT_MAX`."""
        size, request = self.request.page_size, self.request
        statement = prepared(count_up_to, self.filter, order, COUNT_MAX + 1)
        count = int(run(statement, self.values).scalar_one())
        rows: list[Any] = []
        if count:
            rows = self._read(size + 1, order, offset=request.offset, after_id=request.after_id)
        is_capped = count > COUNT_MAX
        return Page(rows[:size], min(count, COUNT_MAX), len(rows) > size, is_capped=is_capped)

    def _read(
        self, limit: int, order: RowOrder, *, offset: int = 0, after_id: int | None = None
    ) -> list[Any]:
        is_after, has_offset = after_id is not None, offset > 0
        options = ListOptions(self.filter, limit, order, is_after, has_offset, self.columns)
        values = {**self.values, "after_id": after_id, "offset": offset, "reach": offset + limit}
        return rows_of(prepared(select_rows, options), values)

    def _search(self, search: str) -> Page[Any]:
        request, rows = self.request, []
        found = find_page(
            search,
            self._conditions(),
            page=request.page,
            page_size=request.page_size,
            after_id=request.after_id,
        )
        if found.ids:
            values = {**self.values, "one_of": found.ids[: request.page_size]}
            rows = rows_of(
                prepared(select_rows_by_id, dialect_name(), self.filter.scope, self.columns), values
            )
        has_more = len(found.ids) > request.page_size
        return Page(rows, found.total_count, has_more, is_capped=found.is_capped)

    def _conditions(self) -> list[Any]:
        models, model = current_tickets.models, current_tickets.models.Ticket
        scope = self.filter.scope
        conditions: list[Any] = scope.conditions(models, in_list=True, viewer_id=self.actor.id)
        if self.filter.is_unassigned:
            conditions.append(model.assigned_to_user_id.is_(None))
        for name, value in self.criteria.values.items():
            column = getattr(model, name)
            conditions.append(column == literal(value, comparison_type(column)))
        if self.filter.statuses:
            conditions.append(model.status.in_(self.filter.statuses))
        return conditions
