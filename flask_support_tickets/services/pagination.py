"""Pagination: what a list is asked for and what it returns (P1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select

from ..models import TicketStatus
from .database import run

T = TypeVar("T")
USER_COLUMNS = ("user_id", "assigned_to_user_id")


@dataclass(frozen=True)
class PageRequest:
    """Which rows of a list are asked for."""

    #: From 1.
    page: int = 1
    page_size: int = 50
    #: In place of ``page``: the rows after the one with this id.
    after_id: int | None = None
    #: Read only what the ETag needs; the page has no items then.
    only_state: bool = False

    @property
    def offset(self) -> int:
        """How many rows of the list come before the page."""
        return 0 if self.after_id is not None else (self.page - 1) * self.page_size


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows of a list, and how many rows the whole list has."""

    items: Sequence[T]
    total_count: int
    has_more: bool
    #: What an ETag is made from: a page with an equal state looks the same (rule E1).
    state: tuple[Any, ...] = ()
    #: Whether there are more than ``total_count``, which were not counted.
    is_capped: bool = False
    #: All tickets by status, for staff.
    by_status: Mapping[TicketStatus, int] | None = None
    #: Whether replies were left out of a page of threads (see `threads.REPLIES_MAX`).
    is_cut: bool = False

    @property
    def last_id(self) -> int:
        """The id of the last row, where the next page begins."""
        last: Any = self.items[-1]
        return int(last.id)


def read_page_rows(query: Select[Any], column: Any, request: PageRequest) -> tuple[list[Any], bool]:
    """Return the rows of a page of ``query``, in the order of ``column``, and if more follow."""
    query = query.order_by(column).limit(request.page_size + 1).offset(request.offset)
    if request.after_id is not None:
        query = query.where(column > request.after_id)
    rows = run(query).all()
    return list(rows[: request.page_size]), len(rows) > request.page_size


def rows_state(
    rows: Iterable[Any], columns: Iterable[str], names: Mapping[Any, str]
) -> tuple[Any, ...]:
    """Return what an ETag of rows is made from: some columns, and the names of their users.

    Names belong to the host and have no version, so they are part of the state.
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
