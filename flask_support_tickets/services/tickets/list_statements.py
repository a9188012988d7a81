"""SQL statements for lists of tickets, each of which uses an index.

The indexes end with the status and the id. If a list has several statuses, or several values of a
field, the first rows for each combination are merged.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import product
from types import SimpleNamespace
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnClause,
    ColumnElement,
    Select,
    Subquery,
    bindparam,
    false,
    func,
    literal_column,
    select,
    union_all,
)

from ...models import Models, TicketPriority, TicketStatus
from ..access import Scope, select_tickets
from ..database import comparison_type, is_one_of
from ..read_models import ticket_columns
from .row_order import Position, RowOrder, follows, split_by_wait

_STATUS = "status"

#: The numbers that all rows of a range have in these columns, by column name.
Range = Mapping[str, int]


@dataclass(frozen=True)
class ListFilter:
    """The filter for a list, without its values, which are passed as parameters."""

    scope: Scope
    #: The columns to compare with the parameters of the same names.
    equal: tuple[str, ...] = ()
    #: The columns with several numbers to choose from, and those numbers.
    one_of: tuple[tuple[str, tuple[int, ...]], ...] = ()
    is_unassigned: bool = False
    #: Whether tickets must have the tag ``:tag_key``.
    has_tag: bool = False
    #: Empty means any status.
    statuses: tuple[TicketStatus, ...] = ()
    #: More conditions, whose values may vary.
    conditions: tuple[ColumnElement[bool], ...] = ()

    @property
    def is_narrow(self) -> bool:
        """Whether the list is filtered by anything other than status."""
        is_filtered = bool(self.equal or self.one_of or self.conditions)
        return is_filtered or self.is_unassigned or self.has_tag or not self.scope.is_all

    @property
    def is_counted_up(self) -> bool:
        """Whether the list is only counted up to a limit, because a count could be slow."""
        return bool(self.one_of or self.conditions) or self.has_tag or self.scope.has_criterion

    @property
    def is_cacheable(self) -> bool:
        return self.scope.is_cacheable and not self.conditions


@dataclass(frozen=True)
class ListOptions:
    """The rows and columns of a list that a statement returns."""

    filter: ListFilter
    limit: int
    order: RowOrder = RowOrder.NEWEST
    #: Whether to start after the ticket ``:after_id``, which has waited since ``:after_since``.
    is_after: bool = False
    #: Whether to skip the first ``:offset`` rows. ``:reach`` must be ``:offset`` plus ``limit``.
    has_offset: bool = False
    columns: tuple[str, ...] = ()
    #: The position of ``:after_id`` in a list that is sorted by priority.
    position: Position | None = None

    @property
    def is_cacheable(self) -> bool:
        return self.filter.is_cacheable


def count_tickets(models: Models, filter: ListFilter) -> Select[Any]:
    """Build a query that counts the tickets in a list."""
    return filtered(models, filter, func.count()).where(*in_choices(models, filter))


def count_up_to(models: Models, filter: ListFilter, order: RowOrder, limit: int) -> Select[Any]:
    """Build a query that counts the tickets in a list, up to ``limit`` in each status.

    The row has a column for each status of the filter, or for every status if it has none.
    """
    options, id_column = ListOptions(filter, limit, order), models.Ticket.__table__.c.id
    counts = []
    for status in filter.statuses or TicketStatus:
        ids = _select_range(models, options, {_STATUS: status}, [id_column]).order_by(None)
        count = select(func.count()).select_from(ids.limit(literal_number(limit)).subquery())
        counts.append(count.scalar_subquery().label(status.name))
    return select(*counts)


def count_together(models: Models, filter: ListFilter, limit: int) -> Select[Any]:
    """Build a query that counts up to ``limit`` tickets in a list in total, by status.

    Unlike `count_up_to`, it reads each ticket only once, which takes a quarter of the time if the
    index for the conditions does not contain the status.
    """
    status = models.Ticket.__table__.c.status
    query = filtered(models, filter, status).where(*in_choices(models, filter))
    found = query.limit(literal_number(limit)).subquery()
    return select(found.c.status, func.count().label("number")).group_by(found.c.status)


def select_rows(models: Models, options: ListOptions) -> Select[Any]:
    """Build a query for the rows of a list."""
    table = models.Ticket.__table__
    chosen = ticket_columns(models, options.filter.scope, options.columns)
    ranges = _ranges(options)
    # A subquery finds the ids if rows would otherwise be read needlessly or without the index.
    needs_subquery = (
        options.has_offset
        or options.order.is_by_priority
        or len(ranges) > 1
        or (bool(ranges) and options.is_after and options.order.is_by_id)
    )
    if not needs_subquery:
        only = ranges[0] if ranges else {}
        return _select_range(models, options, only, chosen).limit(literal_number(options.limit))
    ids = _select_ids(models, options)
    query = select(*chosen).select_from(ids.join(table, table.c.id == ids.c.id))
    return query.order_by(*options.order.columns(table.c))


def select_rows_by_id(
    models: Models, dialect: str, scope: Scope, columns: tuple[str, ...]
) -> Select[Any]:
    """Build a query for the tickets whose ids are in ``:one_of``, newest first."""
    table = models.Ticket.__table__
    chosen = ticket_columns(models, scope, columns)
    query = select_tickets(models, scope, *chosen).where(is_one_of(table.c.id, dialect))
    return query.order_by(table.c.id.desc())


def _select_ids(models: Models, options: ListOptions) -> Subquery:
    c, order, ranges = models.Ticket.__table__.c, options.order, _ranges(options)
    ids = [c.id] if order.is_by_id else [c.id, c.awaiting_since, c.priority]
    limit, offset = literal_number(options.limit), None
    if options.has_offset:
        offset = bindparam("offset", type_=BigInteger())
    if not ranges or (len(ranges) == 1 and not order.is_by_priority):
        only = ranges[0] if ranges else {}
        return _select_range(models, options, only, ids).limit(limit).offset(offset).subquery()
    reach = bindparam("reach", type_=BigInteger()) if options.has_offset else limit
    heads = [
        select(head.limit(reach).subquery())
        for each in ranges
        for head in _heads(models, options, each, ids)
    ]
    if not heads:  # no rows follow the position
        heads = [select(*ids).where(false())]
    merged = union_all(*heads).subquery()
    query = select(merged.c.id).order_by(*order.columns(merged.c))
    return query.limit(limit).offset(offset).subquery()


def _heads(
    models: Models, options: ListOptions, only: Range, columns: list[Any]
) -> list[Select[Any]]:
    """Build the queries for a range, each of which is in the order of an index."""
    query, order = _select_range(models, options, only, columns), options.order
    if not order.is_by_priority:
        return [query]
    c, position = models.Ticket.__table__.c, options.position
    return split_by_wait(query, c, order, only["priority"], position)


def _ranges(options: ListOptions) -> list[Range]:
    """Return the ranges to merge, or an empty list if the list is read in primary key order.

    With conditions, the database chooses the index, which may not contain the status. The tickets
    with a tag are read in the order of its index, or all of them are sorted.
    """
    filter = options.filter
    if filter.has_tag or (filter.conditions and options.order.is_by_id):
        return []
    needs_index = filter.is_narrow or not options.order.is_by_id
    statuses = filter.statuses or (tuple(TicketStatus) if needs_index else ())
    choices = dict(filter.one_of)
    if options.order.is_by_priority:
        choices.setdefault("priority", tuple(TicketPriority))
    return [
        dict(zip(("status", *choices), values, strict=True))
        for values in product(statuses, *choices.values())
    ]


def _select_range(
    models: Models, options: ListOptions, only: Range, columns: list[Any]
) -> Select[Any]:
    c, order = models.Ticket.__table__.c, options.order
    query = filtered(models, options.filter, *columns)
    query = query.where(*in_choices(models, options.filter, only))
    for name, value in only.items():
        number = literal_number(value)
        if name != "status" or not order.is_by_id or options.is_after:
            query = query.where(models.ticket_column(name) == number)
        else:
            # Not "=", because PostgreSQL would drop the status from the order. It might then scan
            # the primary key to find the few tickets that have a status.
            query = query.where(c.status >= number, c.status <= number)
            query = query.order_by(c.status if order is RowOrder.OLDEST else c.status.desc())
    if order.is_waiting:
        query = query.where(c.awaiting_since.is_not(None))
    if options.filter.has_tag and order.is_by_id:
        tagged_id = models.TicketTagging.__table__.c.ticket_id  # equal, and in the tag's index
        c = SimpleNamespace(id=tagged_id)
    if options.is_after and not order.is_by_priority:
        query = query.where(*follows(c, order))
    return query.order_by(*order.columns(c))


def filtered(models: Models, filter: ListFilter, *columns: Any) -> Select[Any]:
    """Build a query for ``columns`` of the tickets in a list, in any status."""
    c = models.Ticket.__table__.c
    query = select_tickets(models, filter.scope, *columns, in_list=True)
    query = query.where(*filter.conditions)
    if filter.is_unassigned:
        query = query.where(c.assigned_to_user_id.is_(None))
    if filter.has_tag:
        tag, tagging = models.TicketTag.__table__.c, models.TicketTagging.__table__.c
        named = select(tag.id).where(tag.name_key == bindparam("tag_key", type_=tag.name_key.type))
        query = query.where(tagging.ticket_id == c.id, tagging.tag_id == named.scalar_subquery())
    for name in filter.equal:
        column = models.ticket_column(name)
        query = query.where(column == bindparam(name, type_=comparison_type(column)))
    return query


def in_choices(
    models: Models, filter: ListFilter, besides: Collection[str] = ()
) -> list[ColumnElement[bool]]:
    """Build the conditions for the filter's statuses and ``one_of``, without some columns."""
    choices = {_STATUS: filter.statuses, **dict(filter.one_of)}
    return [
        models.ticket_column(name).in_([literal_number(value) for value in values])
        for name, values in choices.items()
        if values and name not in besides
    ]


def literal_number(number: int) -> ColumnClause[int]:
    """Return the number as a literal, not a parameter, so that the query planner can use it."""
    return literal_column(str(int(number)))
