"""Lists of tickets: any page, in any order, at about the cost of the first (rule P2)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from ...current import current_tickets
from ...models import TicketStatus
from ...models.counter import BLOCK_SIZE
from ...policy import Actor
from ..access import limits_for
from ..database import one_of, prepared, rows_of, run
from ..pagination import Page, Part, all_columns, state_of
from ..read_models import fold_tickets, names_in, user_ids_in, write_names
from ..search.query import COUNT_MAX, find_page
from ..user_names import get_user_names, name_attributes
from .counters import Totals, find_block, read_totals
from .list_statements import (
    UNASSIGNED,
    count_in,
    count_waiting,
    rows_by_id,
    rows_in,
    with_links_and_names,
)

#: The columns that tell, with the people they name, whether a ticket looks as it did before.
TICKET_KEYS = ("id", "version", "user_id", "assigned_to_user_id")
#: Rows that are stepped over one by one; what is farther from both ends is looked for by blocks.
_NEAR = 200


class TicketOrder(StrEnum):
    """In which order a list stands. Matches of a search are always newest first."""

    NEWEST = "newest"
    OLDEST = "oldest"
    #: Only tickets that wait for staff, the longest waiting first (R2).
    WAITING = "waiting"


@dataclass(frozen=True)
class TicketFilter:
    """Which tickets a list shows; the default is all that the actor may see."""

    statuses: Collection[TicketStatus] = ()
    search: str | None = None
    owner: Any = None
    assigned_to: Any = None
    department: str | None = None
    #: Only those nobody is assigned to.
    is_unassigned: bool = False
    order: TicketOrder = TicketOrder.NEWEST


def list_tickets(
    *,
    actor: Actor,
    criteria: TicketFilter = TicketFilter(),
    page: int = 1,
    page_size: int = 20,
    after_id: int | None = None,
    only_state: bool = False,
) -> Page:
    """Return a page (from 1) of tickets; past the end it is empty.

    ``after_id`` and ``only_state`` are those of `Part`. The tickets are `Shown`. Raises
    `ValueError` for ``after_id`` in the order `TicketOrder.WAITING`, which ids say nothing about.
    """
    part = Part(page, page_size, after_id, only_state)
    # Whoever sees all tickets is told by the one count of changes whether any has changed.
    totals = read_totals() if actor.is_staff else None
    if only_state and totals is not None:
        return Page([], 0, False, _state_of_all(totals))
    values = limits_of(actor, criteria)
    if values is None:
        return Page([], 0, False)
    statuses = tuple(sorted(set(criteria.statuses)))
    wanted = _Wanted(actor, statuses, values, criteria.search, criteria.order, totals)
    found = _find(wanted, part)
    table = current_tickets.models.Ticket.__table__
    if totals is not None:
        state = _state_of_all(totals)
    else:
        known = {} if only_state else names_in(found.rows)
        names = get_user_names(user_ids_in(found.rows, table), actor, known)
        state = (found.total, found.has_more, *state_of(found.rows, table, TICKET_KEYS, names))
    items = [] if only_state else list(found.rows)
    by_status = totals.by_status if totals is not None else None
    return Page(items, found.total, found.has_more, state, found.is_capped, by_status)


@dataclass(frozen=True)
class _Wanted:
    """A list: for whom, in which statuses (none means any), with which values and words."""

    actor: Actor
    statuses: tuple[TicketStatus, ...]
    values: Mapping[str, Any]
    search: str | None
    order: TicketOrder
    #: Where the actor sees all tickets.
    totals: Totals | None

    @property
    def shape(self) -> tuple[tuple[str, ...], tuple[TicketStatus, ...]]:
        """What its statements depend on."""
        return tuple(self.values), self.statuses if len(self.statuses) < len(TicketStatus) else ()

    def count(self) -> int:
        """Return how many tickets it has: from the counters, or along an index."""
        if self.totals is not None and not self.values:
            return self.totals.of(self.statuses)
        return int(run(prepared(count_in, *self.shape), self.values).scalar_one())


class _Found(NamedTuple):
    """The rows of a part of a list, and how many the list has."""

    rows: Sequence[Any]
    total: int
    has_more: bool = False
    #: Whether a search found more than ``total``.
    is_capped: bool = False


def limits_of(actor: Actor, criteria: TicketFilter) -> dict[str, Any] | None:
    """Return the values that limit a list to what ``actor`` may see and asks for (A1).

    None when that can only be nothing.
    """
    values = limits_for(actor)
    owner = criteria.owner
    if owner is not None and values.setdefault("user_id", owner) != owner:
        return None
    if criteria.assigned_to is not None:
        values["assigned_to_user_id"] = criteria.assigned_to
    if criteria.is_unassigned:
        values[UNASSIGNED] = True
    if criteria.department is not None:
        values["department"] = criteria.department
    return values


def _state_of_all(totals: Totals) -> tuple[Any, ...]:
    return (*totals.by_status.values(), totals.changes)


def _find(wanted: _Wanted, part: Part) -> _Found:
    """Return a part of a list, by the shortest way to it (P2)."""
    if wanted.search is not None:
        return _find_matches(wanted, wanted.search, part)
    if wanted.order is TicketOrder.WAITING:
        return _find_waiting(wanted, part)
    total, size = wanted.count(), part.page_size
    left = total - part.first
    if left <= 0:
        return _Found([], total)
    forth: tuple[str, ...] = ()
    back: tuple[str, ...] = ("from_end",)
    if wanted.order is TicketOrder.OLDEST:
        forth, back = back, forth
    if part.after_id is not None:
        rows = _rows(wanted, part, size + 1, *forth, bound=part.after_id)
    elif part.first <= _NEAR or (wanted.values and part.first <= left):
        rows = _rows(wanted, part, size + 1, *forth, first=part.first)
    elif wanted.values or left - size <= _NEAR:
        first = max(left - size, 0)
        rows = _rows(wanted, part, min(size, left), *back, first=first)[::-1]
        return _Found(rows, total, first > 0)
    else:
        rows = _rows_by_block(wanted, part, total)
        return _Found(rows, total, bool(rows) and left > size)
    return _Found(rows[:size], total, len(rows) > size)


def _rows_by_block(wanted: _Wanted, part: Part, total: int) -> list[Any]:
    """Return the rows of a page far from both ends, which counters tell the block of."""
    is_newest_first = wanted.order is TicketOrder.NEWEST
    count = min(part.page_size, total - part.first)
    first = part.first if is_newest_first else total - part.first - count
    place = find_block(wanted.statuses, first)
    if place is None:  # while somebody else changed the numbers
        return []
    block, newer = place
    rows = _rows(wanted, part, count, first=first - newer, bound=(block + 1) * BLOCK_SIZE)
    return rows if is_newest_first else rows[::-1]


def _find_waiting(wanted: _Wanted, part: Part) -> _Found:
    if part.after_id is not None:
        raise ValueError("Waiting tickets are not in the order of their ids; ask for a page.")
    limit, size = COUNT_MAX + 1, part.page_size
    count = int(run(prepared(count_waiting, *wanted.shape, limit), wanted.values).scalar_one())
    rows = _rows(wanted, part, size + 1, "waiting", first=part.first) if count else []
    return _Found(rows[:size], min(count, COUNT_MAX), len(rows) > size, count > COUNT_MAX)


def _rows(
    wanted: _Wanted, part: Part, count: int, *way: str, first: int = 0, bound: int | None = None
) -> list[Any]:
    values = {**wanted.values}
    if first:
        way += ("far",)
        values |= {"first": first, "reach": first + count}
    if bound is not None:
        way += ("bound",)
        values["bound"] = bound
    return _read(wanted, part, values, rows_in, way, *wanted.shape, count)


def _read(
    wanted: _Wanted,
    part: Part,
    values: Any,
    build: Callable[..., Any],
    way: tuple[str, ...],
    *shape: Any,
) -> list[Any]:
    """Return the keys of the rows, or the rows as they are shown."""
    if part.only_state:
        return rows_of(prepared(build, TICKET_KEYS, *shape, *way), values)
    table = current_tickets.models.Ticket.__table__
    columns, named_by = all_columns(table), name_attributes()
    found = rows_of(prepared(with_links_and_names, build, columns, way, named_by, *shape), values)
    rows = fold_tickets(found, columns, named_by)
    if not named_by:  # the policy is asked about each
        write_names(rows, get_user_names(user_ids_in(rows, table), wanted.actor))
    return rows


def _find_matches(wanted: _Wanted, search: str, part: Part) -> _Found:
    found = find_page(
        search,
        _conditions(wanted),
        page=part.page,
        page_size=part.page_size,
        after_id=part.after_id,
    )
    rows: list[Any] = []
    if found.ids:
        size, ids = one_of(found.ids[: part.page_size])
        rows = _read(wanted, part, ids, rows_by_id, (), size)
    has_more = len(found.ids) > part.page_size
    return _Found(rows, found.total_count, has_more, found.is_capped)


def _conditions(wanted: _Wanted) -> list[Any]:
    model = current_tickets.models.Ticket
    user_key = current_tickets.models.user_key
    values = {**wanted.values}
    conditions = [model.assigned_to_user_id.is_(None)] if values.pop(UNASSIGNED, False) else []
    conditions += [
        getattr(model, name) == value
        if name == "department"
        else user_key.equals(getattr(model, name), value)
        for name, value in values.items()
    ]
    if wanted.statuses:
        conditions.append(model.status.in_(wanted.statuses))
    return conditions
