"""Parts of a list (rule P1): a page by its number, or what follows a row; whole, or its state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

from ..models import Models, TicketStatus
from ..policy import Actor
from .database import prepared, run
from .read_models import show, user_ids_in
from .user_names import PEOPLE, get_user_names


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and how many rows the whole list has."""

    items: list[Any]
    total_count: int
    has_more: bool
    #: What the page was made of: a page with an equal state looks the same (rule E1).
    state: tuple[Any, ...] = ()
    #: Whether there are more than `total_count`, which nobody counted.
    is_capped: bool = False
    #: All tickets by status, for whoever sees them all.
    by_status: Mapping[TicketStatus, int] | None = None
    #: Whether replies were left out of a page of threads (see `threads.REPLIES_MAX`).
    is_cut: bool = False

    @property
    def last_id(self) -> int:
        """The id of the last row: what follows comes after it."""
        return int(self.items[-1].id)


@dataclass(frozen=True)
class Part:
    """Which rows of a list are asked for, and whether to show them."""

    page: int = 1
    page_size: int = 50
    #: In place of ``page``: what follows the row with this id.
    after_id: int | None = None
    #: Read nothing but what tells whether the page changed; its items stay empty.
    only_state: bool = False

    @property
    def first(self) -> int:
        """How many rows of the list stand before the page."""
        return 0 if self.after_id is not None else (self.page - 1) * self.page_size


@dataclass(frozen=True)
class Listing:
    """The rows of one ticket or comment, oldest first, whose number is known."""

    #: Builds the statement for some columns, in order; see `prepared`. Its parameters are
    #: ``after_id``, ``first``, ``count`` and `values`.
    build: Callable[[Models, tuple[str, ...]], Select[Any]]
    table: Any
    total_count: int
    #: The values of its other parameters.
    values: Mapping[str, Any]
    #: The columns that tell, with the people they name, whether a row looks as it did before.
    keys: tuple[str, ...]

    def read(self, part: Part, actor: Actor) -> Page:
        """Return a part of the list; past the end it is empty."""
        total = self.total_count
        if part.first >= total:
            return Page([], total, False, (total,))
        place = {"after_id": part.after_id or 0, "first": part.first, "count": part.page_size + 1}
        columns = self.keys if part.only_state else all_columns(self.table)
        found = run(prepared(self.build, columns), {**self.values, **place}).all()
        rows, has_more = found[: part.page_size], len(found) > part.page_size
        names = get_user_names(user_ids_in(rows, self.table), actor)
        state = (total, has_more, *state_of(rows, self.table, self.keys, names))
        items = [] if part.only_state else show(rows, self.table, names)
        return Page(items, total, has_more, state)


def all_columns(table: Any) -> tuple[str, ...]:
    """Return the names of a table's columns."""
    return tuple(table.c.keys())


def state_of(
    rows: Sequence[Any], table: Any, keys: Sequence[str], names: Mapping[Any, str]
) -> tuple[Any, ...]:
    """Return what tells whether ``rows`` look as they did before.

    Names are the host's and have no version, so they are looked up each time.
    """
    people = [column for column in PEOPLE if column in table.c]
    plain = [name for name in keys if name not in people]
    state = []
    for row in rows:
        state += [getattr(row, name) for name in plain]
        for key in (getattr(row, column) for column in people):
            state += [key, names[key]] if key in names else [None, None]
    return tuple(state)
