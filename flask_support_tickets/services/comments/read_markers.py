"""Read and update how far a user has read a ticket (rule R1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Insert, Select, bindparam, func, select

from ...actor import Actor
from ...errors import NotAllowed
from ...models import Models
from ...models.status import Side
from ..access import get_sides
from ..database import dialect_name, is_one_of, one_of, prepared, rows_of, run, upsert
from ..tickets.queries import get_ticket_row

_COLUMNS = {Side.OWNER: "staff_comments", Side.STAFF: "owner_comments"}
_COUNTED = ("user_id", "comment_count", "staff_comment_count")


def count_readable(ticket: Any, side: Side) -> int:
    """Return how many comments of a ticket come from the other side than ``side``."""
    staff = int(ticket.staff_comment_count)
    return staff if side is Side.OWNER else int(ticket.comment_count) - staff


def count_unread(*, actor: Actor, tickets: Iterable[Any], side: Side) -> dict[int, int]:
    """Return, for each ticket that has any, how many comments of the other side ``actor`` has not
    seen; as the owner of the tickets or as staff. The key is the ticket's id.

    At most one statement, and none when nobody of the other side has written.
    """
    counts = {each.id: count_readable(each, side) for each in tickets}
    having = [ticket_id for ticket_id, count in counts.items() if count]
    if not having:
        return {}
    seen = _seen_by(actor, having, side)
    unread = {ticket_id: counts[ticket_id] - seen.get(ticket_id, 0) for ticket_id in having}
    return {ticket_id: count for ticket_id, count in unread.items() if count > 0}


def mark_read(*, actor: Actor, ticket_id: int, side: Side, count: int) -> None:
    """Remember that ``actor`` has seen the first ``count`` comments of the other side.

    A mark never goes back, nor beyond what there is. Raises `NotFound` for a ticket the actor may
    not see, `NotAllowed` when the actor does not stand on ``side`` of it.
    """
    ticket = get_ticket_row(actor, ticket_id, _COUNTED)
    if side not in get_sides(actor, ticket):
        raise NotAllowed
    count = min(count, count_readable(ticket, side))
    if count > 0:
        marks = dict.fromkeys(_COLUMNS.values(), 0) | {_COLUMNS[side]: count}
        values = {"user_id": actor.id, "ticket_id": ticket_id, **marks}
        run(prepared(_upsert, dialect_name()), values)


def _seen_by(actor: Actor, ticket_ids: Collection[int], side: Side) -> dict[int, int]:
    size, ids = one_of(ticket_ids)
    rows = rows_of(prepared(_marks, size, _COLUMNS[side]), {"reader_id": actor.id, **ids})
    return {int(row[0]): int(row[1]) for row in rows}


def _marks(models: Models, size: int, column: str) -> Select[Any]:
    table = models.TicketSeen.__table__
    is_own = table.c.user_id == bindparam("reader_id", type_=table.c.user_id.type)
    chosen = select(table.c.ticket_id, table.c[column])
    return chosen.where(is_own, is_one_of(table.c.ticket_id, size))


def _upsert(models: Models, dialect: str) -> Insert:
    table = models.TicketSeen.__table__
    larger = func.max if dialect == "sqlite" else func.greatest  # two names of one function

    def advance(new: Any) -> dict[str, Any]:
        return {name: larger(table.c[name], new[name]) for name in _COLUMNS.values()}

    return upsert(table, dialect, ("user_id", "ticket_id"), advance)
