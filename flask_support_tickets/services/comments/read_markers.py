"""Read and update how far a user has read a ticket (rule R1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select

from ...actor import Actor
from ...current import current_tickets
from ...errors import NotAllowed
from ...models.status import Side
from ..access import get_sides
from ..database import dialect_name, rows_of, run, upsert
from ..tickets.queries import get_ticket_row

_COLUMNS = {Side.OWNER: "staff_comments", Side.STAFF: "owner_comments"}
_COUNTED = ("user_id", "comment_count", "staff_comment_count")


def count_readable(ticket: Any, side: Side) -> int:
    """Return how many comments of a ticket come from the other side than ``side``."""
    staff = int(ticket.staff_comment_count)
    return staff if side is Side.OWNER else int(ticket.comment_count) - staff


def count_unread(*, actor: Actor, tickets: Iterable[Any], side: Side) -> dict[int, int]:
    """Return how many comments of the other side ``actor`` has not seen, by the ticket's id.

    ``actor`` reads as the owner of the tickets or as staff. Tickets without unread comments are
    left out. At most one statement, and none if nobody of the other side has written.
    """
    counts = {each.id: count_readable(each, side) for each in tickets}
    having = [ticket_id for ticket_id, count in counts.items() if count]
    if not having:
        return {}
    c = current_tickets.models.TicketSeen.__table__.c
    query = select(c.ticket_id, c[_COLUMNS[side]]).where(c.user_id == actor.id)
    seen = {row[0]: row[1] for row in rows_of(query.where(c.ticket_id.in_(having)))}
    unread = {ticket_id: counts[ticket_id] - seen.get(ticket_id, 0) for ticket_id in having}
    return {ticket_id: count for ticket_id, count in unread.items() if count > 0}


def mark_read(*, actor: Actor, ticket_id: int, side: Side, count: int) -> None:
    """Remember that ``actor`` has seen the first ``count`` comments of the other side.

    A marker never goes back, nor beyond what there is. Raises `NotFound` if the actor cannot see
    the ticket, and `NotAllowed` if the actor is not on ``side`` of it.
    """
    ticket = get_ticket_row(actor, ticket_id, _COUNTED)
    if side not in get_sides(actor, ticket):
        raise NotAllowed
    count = min(count, count_readable(ticket, side))
    if count <= 0:
        return
    table, dialect = current_tickets.models.TicketSeen.__table__, dialect_name()
    larger = func.max if dialect == "sqlite" else func.greatest  # two names of one function
    statement = upsert(
        table,
        dialect,
        ("user_id", "ticket_id"),
        lambda new: {name: larger(table.c[name], new[name]) for name in _COLUMNS.values()},
    )
    counts = dict.fromkeys(_COLUMNS.values(), 0) | {_COLUMNS[side]: count}
    run(statement, {"user_id": actor.id, "ticket_id": ticket_id, **counts})
