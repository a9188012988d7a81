"""SQL statements for lists that are sorted by one of the host's columns."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, select, union_all

from ...models import Models
from ..read_models import ticket_columns
from .list_statements import ListFilter, filtered, in_choices, literal_number


class Sort(NamedTuple):
    """A column to sort by. Tickets without a value come last, and equal values are newest first."""

    name: str
    is_descending: bool = False

    def __str__(self) -> str:
        """Return the sort as in a query string: ``name``, or ``-name`` if it is descending."""
        return f"-{self.name}" if self.is_descending else self.name

    def by(self, column: Any) -> ColumnElement[Any]:
        """Return ``column`` in this direction."""
        ordered: ColumnElement[Any] = column.desc() if self.is_descending else column.asc()
        return ordered


def select_sorted_rows(
    models: Models, filter: ListFilter, sort: Sort, limit: int, columns: tuple[str, ...]
) -> Select[Any]:
    """Build a query for rows from ``:offset``; ``:reach`` must be ``:offset`` plus ``limit``.

    Tickets with and without a value are read separately, because databases disagree about the
    place of NULL, and an order that states it cannot use an index.
    """
    table, column = models.Ticket.__table__, models.ticket_column(sort.name)
    offset, reach = (bindparam(name, type_=BigInteger()) for name in ("offset", "reach"))
    query = filtered(models, filter, table.c.id, column.label("value"))
    query = query.where(*in_choices(models, filter)).limit(reach)
    newest = table.c.id.desc()
    with_value = query.where(column.is_not(None)).order_by(sort.by(column), newest)
    without = query.where(column.is_(None)).order_by(newest)
    both = union_all(*(select(each.subquery()) for each in (with_value, without))).subquery().c
    ids = select(both.id).order_by(*_order(sort, both.value, both.id))
    found = ids.limit(literal_number(limit)).offset(offset).subquery()
    chosen = ticket_columns(models, filter.scope, columns)
    rows = select(*chosen).select_from(found.join(table, table.c.id == found.c.id))
    return rows.order_by(*_order(sort, column, table.c.id))


def _order(sort: Sort, value: Any, ticket_id: Any) -> list[ColumnElement[Any]]:
    return [value.is_(None), sort.by(value), ticket_id.desc()]
