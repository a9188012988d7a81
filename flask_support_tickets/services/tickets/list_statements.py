"""The statements behind lists of tickets: each goes along an index, and no further than it must.

A list is the tickets with given values in some columns (its *names*), in given statuses (none
means any). For each status, an index holds such a list in the order of ids; a list of several
statuses is merged from the heads of theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Text,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    union_all,
)

from ...models import Models, TicketStatus
from ..database import is_one_of
from ..user_names import PEOPLE

#: The name of "nobody is assigned", which has no value.
UNASSIGNED = "unassigned"
#: What tells where an attachment is.
LINK_COLUMNS = ("url", "storage_key", "filename")
#: The ways that start at a place within an index, or have an order of their own.
_PLACED = frozenset({"bound", "waiting", "beyond"})


def count_in(models: Models, names: tuple[str, ...], statuses: tuple[TicketStatus, ...]) -> Any:
    """Build: how many tickets a list has."""
    columns = models.Ticket.__table__.c
    query = select(func.count()).where(*_equal(models, names))
    if statuses:
        query = query.where(columns.status.in_([_written(status) for status in statuses]))
    return query


def rows_in(
    models: Models,
    columns: tuple[str, ...],
    names: tuple[str, ...],
    statuses: tuple[TicketStatus, ...],
    count: int,
    *way: str,
) -> Any:
    """Build: some columns of ``count`` rows of a list, newest first.

    ``way`` may hold ``from_end`` (oldest first), ``waiting`` (only those that wait for staff, the
    longest waiting first; with ``back`` the other way), ``bound`` (only what comes after the id
    ``:bound`` in the order of ids), ``beyond`` (only what comes after one that waits since
    ``:since`` and has the id ``:bound``) and ``far`` (step over the first ``:first``; ``:reach`` is
    that and ``count``).
    """
    table = models.Ticket.__table__
    ranges = _ranges(names, statuses, way)
    chosen = [table.c[name] for name in columns]
    # Ids come first where rows would be stepped over, or looked for by another way than the index.
    has_ids_first = "far" in way or len(ranges) > 1 or (ranges and "bound" in way)
    if not has_ids_first:
        return _range(models, chosen, names, ranges, way).limit(_written(count))
    ids = _ids_in(models, names, ranges, count, way)
    found = select(*chosen).select_from(ids.join(table, table.c.id == ids.c.id))
    return found.order_by(*_order(table.c, way))


def count_waiting(
    models: Models, names: tuple[str, ...], statuses: tuple[TicketStatus, ...], limit: int
) -> Any:
    """Build: how many tickets of a list wait for staff; counted up to ``limit``."""
    ranges = _ranges(names, statuses, ("waiting",))
    found = _ids_in(models, names, ranges, limit, ("waiting",))
    return select(func.count()).select_from(found)


def rows_by_id(models: Models, columns: tuple[str, ...], size: int) -> Any:
    """Build: some columns of the tickets with one of ``size`` ids, newest first."""
    table = models.Ticket.__table__
    chosen = select(*(table.c[name] for name in columns))
    return chosen.where(is_one_of(table.c.id, size)).order_by(*_order(table.c, ()))


def with_links_and_names(
    models: Models,
    build: Callable[..., Any],
    columns: tuple[str, ...],
    way: tuple[str, ...],
    named_by: tuple[str, ...],
    *shape: Any,
) -> Any:
    """Build: what `rows_in` or `rows_by_id` does, in the same order, with the `LINK_COLUMNS` of
    one attachment after the ticket's. A ticket with several has a row for each; one with none, one.

    After these stand, where the attributes ``named_by`` of a user tell a name, the owner's key and
    these, and the assignee's; all of somebody who is gone are null.

    Long texts come in the first row of a ticket alone. They are read last: MariaDB would keep what
    it sorts in a file otherwise.
    """
    table, attachments = models.Ticket.__table__, models.TicketAttachment.__table__
    long = [name for name in columns if isinstance(table.c[name].type, Text)]
    found = build(models, tuple(name for name in columns if name not in long), *shape, *way)
    row, link, other = found.subquery().c, attachments.c, attachments.alias().c
    hangs = row.attachment_count > 0, link.ticket_id == row.id, link.comment_id.is_(None)
    is_before = (
        other.ticket_id == link.ticket_id,
        other.comment_id.is_(None),
        other.position < link.position,
    )
    is_first = or_(link.id.is_(None), not_(exists().where(*is_before)))
    chosen = [
        case((is_first, table.c[name])).label(name) if name in long else row[name]
        for name in columns
    ]
    joined = row.id.table.join(table, table.c.id == row.id).outerjoin(attachments, and_(*hangs))
    chosen += [link[name].label(f"link_{name}") for name in LINK_COLUMNS]
    for name in PEOPLE if named_by else ():
        key, *values = models.user_key.columns_of_another(named_by)
        joined = joined.outerjoin(key.table, key == row[name])
        chosen += [value.label(f"{name}_{place}") for place, value in enumerate((key, *values))]
    statement = select(*chosen).select_from(joined)
    return statement.order_by(*_order(row, way), link.position)


def _ids_in(
    models: Models,
    names: tuple[str, ...],
    ranges: tuple[TicketStatus, ...],
    count: int,
    way: tuple[str, ...],
) -> Any:
    c = models.Ticket.__table__.c
    ids = [c.id, c.awaiting_since] if "waiting" in way else [c.id]
    first = bindparam("first", type_=BigInteger()) if "far" in way else None
    if len(ranges) <= 1:
        return (
            _range(models, ids, names, ranges, way).limit(_written(count)).offset(first).subquery()
        )
    reach = bindparam("reach", type_=BigInteger()) if "far" in way else _written(count)
    heads = [
        select(_range(models, ids, names, (status,), way).limit(reach).subquery())
        for status in ranges
    ]
    merged = union_all(*heads).subquery()
    found = select(merged.c.id).order_by(*_order(merged.c, way))
    return found.limit(_written(count)).offset(first).subquery()


def _range(
    models: Models,
    columns: list[Any],
    names: tuple[str, ...],
    status: tuple[TicketStatus, ...],
    way: tuple[str, ...],
) -> Any:
    c = models.Ticket.__table__.c
    query = select(*columns).where(*_equal(models, names))
    is_plain = _PLACED.isdisjoint(way)
    for each in status:
        if is_plain:
            # Not "=": else PostgreSQL takes the order for that of the ids alone, and may look for
            # the few tickets of a status by walking along all of them.
            query = query.where(c.status >= _written(each), c.status <= _written(each))
            query = query.order_by(c.status if "from_end" in way else c.status.desc())
        else:
            query = query.where(c.status == _written(each))
    if "bound" in way:
        bound = bindparam("bound", type_=BigInteger())
        query = query.where(c.id > bound if "from_end" in way else c.id < bound)
    if "waiting" in way:
        query = query.where(c.awaiting_since.is_not(None))
    if "beyond" in way:
        query = query.where(*_beyond(c, is_back="back" in way))
    return query.order_by(*_order(c, way))


def _ranges(
    names: tuple[str, ...], statuses: tuple[TicketStatus, ...], way: tuple[str, ...]
) -> tuple[TicketStatus, ...]:
    """Return the statuses whose parts of an index make the list; none for the table itself."""
    return statuses or (tuple(TicketStatus) if names or "waiting" in way else ())


def _beyond(columns: Any, *, is_back: bool) -> list[Any]:
    """Build: what comes later in the order of waiting, as every database finds it by an index."""
    since = bindparam("since", type_=columns.awaiting_since.type)
    bound = bindparam("bound", type_=BigInteger())
    waits, number = columns.awaiting_since, columns.id
    if is_back:
        return [waits <= since, or_(waits < since, number < bound)]
    return [waits >= since, or_(waits > since, number > bound)]


def _order(columns: Any, way: tuple[str, ...]) -> list[Any]:
    if "waiting" in way:
        order = [columns.awaiting_since, columns.id]
        return [column.desc() for column in order] if "back" in way else order
    return [columns.id if "from_end" in way else columns.id.desc()]


def _equal(models: Models, names: tuple[str, ...]) -> list[Any]:
    columns = models.Ticket.__table__.c
    is_unassigned = UNASSIGNED in names
    is_number = models.user_key.python_type is int
    names = tuple(name for name in names if name != UNASSIGNED)
    types = {
        # A number beyond the column's type finds nothing instead of being the driver's error.
        name: BigInteger() if is_number and name in PEOPLE else columns[name].type
        for name in names
    }
    nobody = [columns.assigned_to_user_id.is_(None)] if is_unassigned else []
    return nobody + [columns[name] == bindparam(name, type_=types[name]) for name in names]


def _written(number: int) -> Any:
    """Return a number that stands in the statement, so that the database can plan with it."""
    return literal_column(str(int(number)))
