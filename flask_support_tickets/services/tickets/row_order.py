"""The orders of lists, and the rows that follow a position in them."""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, or_


class RowOrder(Enum):
    """The order of the rows that a statement returns."""

    NEWEST = "newest"
    OLDEST = "oldest"
    #: This order and the next include only tickets that are waiting for staff.
    LONGEST_WAITING = "longest waiting"
    SHORTEST_WAITING = "shortest waiting"
    #: By priority, then tickets that are waiting, longest first, then the others.
    HIGHEST_PRIORITY = "highest priority"
    #: The reverse of `HIGHEST_PRIORITY`.
    LOWEST_PRIORITY = "lowest priority"

    @property
    def is_waiting(self) -> bool:
        """Whether the list includes only tickets that are waiting for staff."""
        return self in (RowOrder.LONGEST_WAITING, RowOrder.SHORTEST_WAITING)

    @property
    def is_by_priority(self) -> bool:
        """Whether the rows are sorted by priority."""
        return self in (RowOrder.HIGHEST_PRIORITY, RowOrder.LOWEST_PRIORITY)

    @property
    def is_by_id(self) -> bool:
        """Whether the rows are sorted by id."""
        return self in (RowOrder.NEWEST, RowOrder.OLDEST)

    @property
    def is_ascending(self) -> bool:
        """Whether times and ids ascend."""
        ascending = RowOrder.OLDEST, RowOrder.LONGEST_WAITING, RowOrder.HIGHEST_PRIORITY
        return self in ascending

    def columns(self, c: Any) -> list[ColumnElement[Any]]:
        """Return the columns to order by."""
        columns = [c.id] if self.is_by_id else [c.awaiting_since, c.id]
        columns = columns if self.is_ascending else [column.desc() for column in columns]
        if self is RowOrder.HIGHEST_PRIORITY:
            return [c.priority.desc(), c.awaiting_since.is_(None), *columns]
        if self is RowOrder.LOWEST_PRIORITY:
            return [c.priority, c.awaiting_since.is_not(None), *columns]
        return columns


class Position(NamedTuple):
    """The position of a ticket in a list that is sorted by priority."""

    priority: int
    is_waiting: bool


def follows(c: Any, order: RowOrder) -> list[ColumnElement[bool]]:
    """Build the conditions for tickets after the cursor so that every database can use an index.

    The cursor is the ticket ``:after_id``, which has waited since ``:after_since``.
    """
    after_id = bindparam("after_id", type_=BigInteger())
    has_later_id = c.id > after_id if order.is_ascending else c.id < after_id
    if order.is_by_id:
        return [has_later_id]
    since = bindparam("after_since", type_=c.awaiting_since.type)
    if order.is_ascending:
        return [c.awaiting_since >= since, or_(c.awaiting_since > since, has_later_id)]
    return [c.awaiting_since <= since, or_(c.awaiting_since < since, has_later_id)]


def split_by_wait(
    query: Select[Any], c: Any, order: RowOrder, priority: int, after: Position | None
) -> list[Select[Any]]:
    """Split the tickets of one priority into those that are waiting and the others.

    Each half can be read in the order of an index, although databases disagree about the place of
    NULL. With ``after``, a half starts there, or is left out if it comes before.
    """
    is_ascending, is_highest_first = order.is_ascending, order is RowOrder.HIGHEST_PRIORITY
    by_id = c.id if is_ascending else c.id.desc()
    by_wait = c.awaiting_since if is_ascending else c.awaiting_since.desc()
    query = query.order_by(None)
    waiting = query.where(c.awaiting_since.is_not(None)).order_by(by_wait, by_id)
    others = query.where(c.awaiting_since.is_(None)).order_by(by_id)
    if after is None or after.priority != priority:
        is_before = after is not None and (priority > after.priority) is is_highest_first
        return [] if is_before else [waiting, others]
    if after.is_waiting:
        waiting = waiting.where(*follows(c, order))
        return [waiting, others] if is_highest_first else [waiting]
    others = others.where(*follows(c, RowOrder.OLDEST if is_ascending else RowOrder.NEWEST))
    return [others] if is_highest_first else [others, waiting]
