"""Read markers and unread comments (rule R1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select

from ...actor import Actor
from ...current import current_tickets
from ...errors import NotAllowed
from ...models.status import Side
from ..access import get_sides, require_id
from ..database import dialect_name, rows_of, run, upsert
from ..tickets.queries import get_ticket_row

_COLUMNS = {Side.OWNER: "staff_comments", Side.STAFF: "owner_comments"}
_COUNTED = ("user_id", "comment_count", "staff_comment_count")


def count_readable(ticket: Any, side: Side) -> int:
    """Return the number of comments on a ticket that were not written by ``side``."""
    staff = int(ticket.staff_comment_count)
    return staff if side is Side.OWNER else int(ticket.comment_count) - staff


def count_unread(*, actor: Actor, tickets: Iterable[Any], side: Side) -> dict[int, int]:
    """Return the number of comments from the other side that ``actor`` has not read, by ticket id.

    ``actor`` reads the tickets as ``side``. Tickets without unread comments are left out.
    Runs one query, or none if the other side has not written any comments.
    """
    side = Side(side)
    counts = {each.id: count for each in tickets if (count := count_readable(each, side))}
    if not counts:
        return {}
    c = current_tickets.models.TicketSeen.__table__.c
    query = select(c.ticket_id, c[_COLUMNS[side]]).where(c.user_id == actor.id)
    for ticket_id, read_count in rows_of(query.where(c.ticket_id.in_(counts))):
        counts[ticket_id] -= read_count
    return {ticket_id: count for ticket_id, count in counts.items() if count > 0}


def mark_read(*, actor: Actor, ticket_id: int, side: Side, count: int) -> None:
    """Mark the first ``count`` comments from the other side as read by ``actor``.

    A read marker never moves back or past the last comment. Raises `NotFound` if the actor cannot
    see the ticket, or `NotAllowed` if they cannot read it as ``side``.
    """
    require_id(actor)
    side = Side(side)
    ticket = get_ticket_row(actor, ticket_id, _COUNTED)
    sides = get_sides(actor, ticket)
    if side not in sides and not (side is Side.OWNER and Side.COLLEAGUE in sides):
        raise NotAllowed
    count = min(count, count_readable(ticket, side))
    if count <= 0:
        return
    table, dialect = current_tickets.models.TicketSeen.__table__, dialect_name()
    greatest = func.max if dialect == "sqlite" else func.greatest
    counts = dict.fromkeys(_COLUMNS.values(), 0) | {_COLUMNS[side]: count}
    statement = upsert(table, dialect, ("user_id", "ticket_id"), counts, greatest)
    run(statement, {"user_id": actor.id, "ticket_id": ticket_id, **counts})
