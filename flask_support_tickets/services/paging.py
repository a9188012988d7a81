"""Parts of a list (rule P1): a page by its number, or what follows a row; whole, or keys alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func

from ..current import current_tickets


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and how many rows the whole list has."""

    items: list[Any]
    total_count: int
    has_more: bool
    #: The columns that tell whether a row looks as it did before.
    key_names: tuple[str, ...] = ()
    #: Whether replies were left out of a page of threads (see `threads.REPLIES_MAX`).
    is_cut: bool = False
    #: Whether the list has more rows than ``total_count`` says.
    is_capped: bool = False

    @property
    def last_id(self) -> int:
        """The id of the last row: what follows comes after it."""
        return int(self.items[-1].id)


@dataclass(frozen=True)
class Listing:
    """A list that can be read in parts: its rows in order, and how to read them."""

    #: Selects the entity, with its conditions and without an order.
    query: Select[Any]
    model: Any
    #: The columns that tell, with the people they name, whether a row looks as it did before.
    keys: Sequence[Any]
    #: How to load what belongs to the rows.
    options: Sequence[Any] = ()
    is_newest_first: bool = False

    def read(
        self, page: int, page_size: int, after_id: int | None = None, only_keys: bool = False
    ) -> Page:
        """Return page ``page``, or the rows that follow the one with ``after_id``.

        With ``only_keys`` the items hold nothing but `keys`, and no entity is loaded.
        """
        column = self.model.id
        rows = self._ordered(self.query)
        total = self.count()
        if after_id is not None:
            rows = rows.where(column < after_id if self.is_newest_first else column > after_id)
        else:
            first = (page - 1) * page_size
            if first >= total:
                return Page([], total, False)
            rows = rows.offset(first)
        found = self._load(rows.limit(page_size + 1), only_keys)
        return Page(found[:page_size], total, len(found) > page_size, self.key_names)

    def read_ids(self, ids: Sequence[int], only_keys: bool = False) -> list[Any]:
        """Return the rows with these ids, in the list's order and within its conditions."""
        return self._load(self._ordered(self.query.where(self.model.id.in_(ids))), only_keys)

    def _ordered(self, query: Select[Any]) -> Select[Any]:
        column = self.model.id
        return query.order_by(column.desc() if self.is_newest_first else column)

    def _load(self, rows: Select[Any], only_keys: bool) -> list[Any]:
        session = current_tickets.session
        if only_keys:
            return list(session.execute(rows.with_only_columns(*self.keys)))
        return list(session.scalars(rows.options(*self.options)))

    @property
    def key_names(self) -> tuple[str, ...]:
        """The names of `keys`."""
        return tuple(column.key for column in self.keys)

    def count(self) -> int:
        """Return how many rows the whole list has."""
        counted = self.query.with_only_columns(func.count(), maintain_column_froms=True)
        return int(current_tickets.session.scalar(counted))
