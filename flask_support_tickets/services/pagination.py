"""Pagination by page number or cursor (rule P1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select

from ..actor import Actor
from ..models import TicketStatus
from .database import run
from .read_models import names_in
from .user_names import get_user_names

T = TypeVar("T")
#: The highest count for search results and for lists with conditions.
COUNT_MAX = 1_000
USER_COLUMNS = ("user_id", "assigned_to_user_id")


@dataclass(frozen=True)
class PageRequest:
    """A request for a page of a list, by number or by cursor."""

    #: The page number, starting at 1.
    page: int = 1
    page_size: int = 50
    #: The cursor, which replaces ``page``: the id of the row before the page.
    after_id: int | None = None
    #: Whether to read only what the ETag needs and return no items.
    only_state: bool = False

    @property
    def offset(self) -> int:
        """The number of rows to skip."""
        return 0 if self.after_id is not None else (self.page - 1) * self.page_size


@dataclass(frozen=True)
class Page(Generic[T]):
    """A page of a list, and the number of rows in the whole list."""

    items: Sequence[T]
    total_count: int
    has_more: bool
    #: The input for the ETag. Pages with equal states look the same (rule E1).
    state: tuple[Any, ...] = ()
    #: Whether counting stopped at ``total_count``, although there are more rows.
    is_capped: bool = False
    #: The number of tickets in each status, if they were counted.
    by_status: Mapping[TicketStatus, int] | None = None
    #: The number of all tickets in each status, whatever the filter, if the counters were read.
    totals: Mapping[TicketStatus, int] | None = None
    #: Whether replies are missing from a page of threads; see `threads.REPLIES_MAX`.
    is_cut: bool = False

    @property
    def last_id(self) -> int:
        """The cursor for the next page: the id of the last row."""
        last: Any = self.items[-1]
        return int(last.id)


def read_page(
    query: Select[Any],
    request: PageRequest,
    *,
    actor: Actor,
    total: int,
    keys: Sequence[str],
    infos: Callable[[list[Any], Actor], list[T]],
) -> Page[T]:
    """Return a page of the rows in ``query``, ordered by id. ``total`` is the total number of rows.

    ``infos`` converts rows to read models. ``keys`` are the columns that the ETag depends on.
    """
    columns = query.selected_columns
    query = query.order_by(columns.id).limit(request.page_size + 1).offset(request.offset)
    if request.after_id is not None:
        query = query.where(columns.id > request.after_id)
    if request.only_state:
        query = query.with_only_columns(*(columns[key] for key in keys))
    rows = run(query).all()
    has_more, rows = len(rows) > request.page_size, rows[: request.page_size]
    items: Any = [] if request.only_state else infos(list(rows), actor)
    user_ids = {getattr(row, key) for row in rows for key in keys if key in USER_COLUMNS}
    names = names_in(items) if items else get_user_names(user_ids, actor)
    return Page(items, total, has_more, (total, has_more, *rows_state(rows, keys, names)))


def rows_state(
    rows: Iterable[Any], columns: Iterable[str], names: Mapping[Any, str]
) -> tuple[Any, ...]:
    """Return the values in ``columns``, and the names of the users they refer to, for an ETag.

    User names come from the host and have no version, so they must be part of the state.
    """
    state: list[Any] = []
    for row in rows:
        for column in columns:
            value = getattr(row, column)
            if column in USER_COLUMNS:
                name = names.get(value)
                state += [None, None] if name is None else [value, name]
            else:
                state.append(value)
    return tuple(state)
