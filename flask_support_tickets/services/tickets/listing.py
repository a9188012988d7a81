"""List tickets. Any page, in either order, is about as fast as the first (rule P2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import literal

from ...actor import Actor
from ...current import current_tickets
from ...models import TicketStatus
from ...models.counter import BLOCK_SIZE
from ..access import scope_of
from ..database import comparison_type, dialect_name, prepared, rows_of, run
from ..pagination import COUNT_MAX, USER_COLUMNS, Page, PageRequest, rows_state
from ..read_models import TicketInfo, names_in, ticket_infos
from ..search.query import find_page
from ..user_names import get_user_names
from .counters import Totals, find_block, read_totals
from .list_statements import (
    ListOptions,
    count_tickets,
    count_together,
    count_up_to,
    select_rows,
    select_rows_by_id,
)
from .row_order import RowOrder
from .sorted_list import Sort, select_sorted_rows
from .tags import has_tag
from .ticket_filter import (
    ALL_TICKETS,
    TicketFilter,
    TicketOrder,
    apply_operators,
    list_filter,
)

#: The columns that a ticket's ETag depends on.
TICKET_KEYS = ("id", "version", "user_id", "assigned_to_user_id")
#: The maximum offset in SQL. Pages farther from both ends are found by block.
_NEAR = 200
_ROW_ORDERS = {
    TicketOrder.WAITING: RowOrder.LONGEST_WAITING,
    TicketOrder.PRIORITY: RowOrder.HIGHEST_PRIORITY,
}
#: More tickets than have a tag.
_TAGGED_MAX = 10_000_000
#: The number of tickets that `list_batches` reads at once.
BATCH_SIZE = 200


def list_tickets(
    *,
    actor: Actor,
    criteria: TicketFilter = ALL_TICKETS,
    page: int = 1,
    page_size: int = 20,
    after_id: int | None = None,
    only_state: bool = False,
    with_counts: bool = False,
) -> Page[TicketInfo]:
    """Return a page of tickets, or an empty page past the end. See `PageRequest`.

    With ``with_counts``, ``by_status`` counts the tickets that match the other filters; see
    `count_by_status`. Search results are not counted. Raises `Invalid` if an operator in the search
    has an invalid value (S3), and `ValueError` if ``after_id`` is used with a list that is not
    sorted by id.
    """
    totals = read_totals() if scope_of(actor).is_all else None
    # If the actor can see all tickets, the counters are enough for the ETag of any list.
    state = () if totals is None else (*totals.by_status.values(), totals.changes)
    if only_state and state:
        return Page([], 0, False, state)
    request, counts = PageRequest(page, page_size, after_id, only_state), None
    if with_counts and criteria.search is None:
        counts = _count_each(actor, replace(criteria, statuses=()), totals)
    found = _Finder(actor, apply_operators(actor, criteria), request, totals, counts).find()
    rows = found.items
    items = [] if only_state else ticket_infos(rows, actor)
    if totals is None:
        user_ids = {getattr(row, column) for row in rows for column in USER_COLUMNS}
        names = get_user_names(user_ids, actor, names_in(items))
        state = (found.total_count, found.has_more, *rows_state(rows, TICKET_KEYS, names))
    stored = None if totals is None else totals.by_status
    return replace(found, items=items, state=state, by_status=counts, totals=stored)


def list_batches(*, actor: Actor, criteria: TicketFilter) -> Iterator[Page[TicketInfo]]:
    """Yield all tickets in a list, in batches.

    Reads them by ID if possible, to avoid duplicates, and otherwise by page.
    """
    is_by_id = criteria.order.is_by_id and criteria.sort is None
    batch, number = None, 0
    while batch is None or batch.has_more:
        number += 1
        batch = list_tickets(
            actor=actor,
            criteria=criteria,
            page=1 if is_by_id else number,
            page_size=BATCH_SIZE,
            after_id=batch.last_id if batch and is_by_id else None,
        )
        yield batch


def count_by_status(
    *, actor: Actor, criteria: TicketFilter = ALL_TICKETS
) -> dict[TicketStatus, int]:
    """Return the number of tickets in a list, by status. Ignores the search.

    If the actor can see all tickets, and nothing but the status filters the list, the numbers are
    exact. Otherwise, each count stops at ``COUNT_MAX + 1``.
    """
    return _count_each(actor, criteria, None)


def _count_each(
    actor: Actor, criteria: TicketFilter, totals: Totals | None
) -> dict[TicketStatus, int]:
    filter, values = list_filter(actor, criteria)
    is_waiting = criteria.order is TicketOrder.WAITING
    if not filter.is_narrow and not is_waiting:
        by_status = (totals or read_totals()).by_status
        return {status: by_status[status] for status in filter.statuses or TicketStatus}
    if filter.is_counted_up and not is_waiting:
        # Counting all tickets with a tag is faster than finding those in a rare status.
        limit = _TAGGED_MAX if filter.has_tag else len(TicketStatus) * (COUNT_MAX + 1)
        rows = run(prepared(count_together, filter, limit), values)
        found = {TicketStatus(row.status): row.number for row in rows}
        if sum(found.values()) < limit:
            statuses = filter.statuses or TicketStatus
            return {status: min(found.get(status, 0), COUNT_MAX + 1) for status in statuses}
    order = RowOrder.LONGEST_WAITING if is_waiting else RowOrder.NEWEST
    counts = run(prepared(count_up_to, filter, order, COUNT_MAX + 1), values).one()._asdict()
    return {TicketStatus[name]: count for name, count in counts.items()}


class _Finder:
    """Finds the rows of a page and counts the tickets in the list."""

    def __init__(
        self,
        actor: Actor,
        criteria: TicketFilter,
        request: PageRequest,
        totals: Totals | None,
        counts: Mapping[TicketStatus, int] | None,
    ) -> None:
        self.actor, self.criteria, self.request, self.totals = actor, criteria, request, totals
        self.counts = counts
        self.filter, self.values = list_filter(actor, criteria)
        self.columns = TICKET_KEYS if request.only_state else ()

    def find(self) -> Page[Any]:
        """Find the page in the cheapest way and return it (P2)."""
        is_by_id = self.criteria.order.is_by_id
        if self.request.after_id is not None and not (is_by_id and self.criteria.sort is None):
            raise ValueError("This list is not ordered by id; use page, not after_id.")
        if self.criteria.search is not None:
            return self._search(self.criteria.search)
        if self.criteria.sort is not None:
            return self._find_sorted(self.criteria.sort)
        if not is_by_id:
            return self._find_up_to(_ROW_ORDERS[self.criteria.order])
        forward, backward = RowOrder.NEWEST, RowOrder.OLDEST
        if self.criteria.order is TicketOrder.OLDEST:
            forward, backward = backward, forward
        if self.filter.is_counted_up:
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
        """Return the page. Unless the counters are enough, count only up to `COUNT_MAX`."""
        size, request, count = self.request.page_size, self.request, self._count_up()
        rows: list[Any] = []
        if count:
            rows = self._read(size + 1, order, offset=request.offset, after_id=request.after_id)
        if order.is_by_priority and not self.filter.is_narrow:
            return Page(rows[:size], count, len(rows) > size)
        return _page_up_to(rows, size, count)

    def _count_up(self) -> int:
        is_waiting = self.criteria.order is TicketOrder.WAITING
        if self.counts is None and self.filter.has_tag and not is_waiting:
            rows = run(prepared(count_together, self.filter, COUNT_MAX + 1), self.values)
            return sum(row.number for row in rows)
        counts = self.counts or _count_each(self.actor, self.criteria, self.totals)
        return sum(counts[status] for status in self.filter.statuses or TicketStatus)

    def _find_sorted(self, sort: Sort) -> Page[Any]:
        size, offset, count = self.request.page_size, self.request.offset, self._count_up()
        statement = prepared(select_sorted_rows, self.filter, sort, size + 1, self.columns)
        rows = rows_of(statement, {**self.values, "offset": offset, "reach": offset + size + 1})
        if self.filter.is_narrow:
            return _page_up_to(rows, size, count)
        return Page(rows[:size], count, len(rows) > size)

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
            with_notes=self.actor.sees_internal,
        )
        if found.ids:
            ids = found.ids[: request.page_size]
            rows = rows_of(
                prepared(select_rows_by_id, dialect_name(), self.filter.scope, self.columns),
                {**self.values, "one_of": ids},
            )
            rows = sorted(rows, key=lambda row: ids.index(row.id))
        has_more = len(found.ids) > request.page_size
        return Page(rows, found.total_count, has_more, is_capped=found.is_capped)

    def _conditions(self) -> list[Any]:
        models, model = current_tickets.models, current_tickets.models.Ticket
        scope = self.filter.scope
        conditions: list[Any] = scope.conditions(models, in_list=True, viewer_id=self.actor.id)
        if self.criteria.tag is not None:
            conditions.append(has_tag(model.id, self.criteria.tag))
        if self.filter.is_unassigned:
            conditions.append(model.assigned_to_user_id.is_(None))
        for name, value in self.criteria.values.items():
            column = getattr(model, name)
            if isinstance(value, tuple):
                conditions.append(column.in_(value))
            else:
                conditions.append(column == literal(value, comparison_type(column)))
        if self.filter.statuses:
            conditions.append(model.status.in_(self.filter.statuses))
        return [*conditions, *self.filter.conditions]


def _page_up_to(rows: list[Any], size: int, count: int) -> Page[Any]:
    """Return a page with the count of its list, which is exact up to `COUNT_MAX`."""
    is_capped = count > COUNT_MAX
    return Page(rows[:size], min(count, COUNT_MAX), len(rows) > size, is_capped=is_capped)
