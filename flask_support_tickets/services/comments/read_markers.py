"""Read markers and unread comments (rule R1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from ...actor import Actor
from ...current import current_tickets
from ...errors import NotAllowed
from ...models import Models
from ...models.status import Side
from ..access import get_sides, require_id, visible_comments
from ..database import (
    comparison_type,
    dialect_name,
    is_one_of,
    prepared,
    rows_of,
    run,
    upsert,
)
from ..read_models import CommentInfo, TicketInfo
from ..tickets.queries import get_ticket_row

_COLUMNS = {Side.OWNER: "staff_comments", Side.STAFF: "owner_comments"}
COUNTED = ("user_id", "comment_count", "staff_comment_count", "note_count")


@dataclass(frozen=True)
class Unread:
    """The other side's comments that a user has not read."""

    #: The number of unread comments on the whole ticket.
    count: int = 0
    #: The oldest one: a row with the arguments of `page_of_comment`.
    first: Any = None
    #: The ids of those that are shown.
    shown_ids: frozenset[int] = frozenset()
    #: How many of them are shown, counted from the oldest, up to the first one that is not shown.
    readable: int = 0
    #: The ``count`` for `mark_read` once the user has read what is shown.
    read_count: int = 0


def count_readable(ticket: Any, side: Side) -> int:
    """Return the number of comments that were not written by ``side``, without internal notes."""
    staff = int(ticket.staff_comment_count)
    if side is Side.OWNER:
        return staff - int(ticket.note_count)
    return int(ticket.comment_count) - staff


def count_unread(*, actor: Actor, tickets: Iterable[Any], side: Side) -> dict[int, int]:
    """Return the number of comments from the other side that ``actor`` has not read, by ticket id.

    ``actor`` reads the tickets as ``side``. Tickets without unread comments are left out.
    Runs one query, or none if the other side has not written any comments.
    """
    side = Side(side)
    counts = {each.id: count for each in tickets if (count := count_readable(each, side))}
    if not counts:
        return {}
    query = prepared(_select_read_counts, dialect_name(), _COLUMNS[side])
    for ticket_id, read_count in rows_of(query, {"user_id": actor.id, "one_of": list(counts)}):
        counts[ticket_id] -= read_count
    return {ticket_id: count for ticket_id, count in counts.items() if count > 0}


def _select_read_counts(models: Models, dialect: str, column: str) -> Select[Any]:
    c = models.TicketSeen.__table__.c
    is_mine = c.user_id == bindparam("user_id", type_=comparison_type(c.user_id))
    return select(c.ticket_id, c[column]).where(is_mine, is_one_of(c.ticket_id, dialect))


def find_unread(
    *, actor: Actor, ticket: TicketInfo, side: Side, comments: Collection[CommentInfo]
) -> Unread:
    """Return the unread comments on ``ticket`` and which of them are among ``comments``.

    A read marker counts comments from the oldest, so it stops before the first one that is not
    shown. Runs the query of `count_unread`, and another if there are unread comments.
    """
    side = Side(side)
    count = count_unread(actor=actor, tickets=[ticket], side=side).get(ticket.id, 0)
    read_count = count_readable(ticket, side) - count
    if not count:
        return Unread(read_count=read_count)
    is_staff = side is Side.OWNER
    public = (comment for comment in comments if not comment.is_internal)
    shown = {comment.id for comment in public if comment.is_staff is is_staff}
    c = current_tickets.models.TicketComment.__table__.c
    query = visible_comments(actor, c.id, c.root_comment_id, c.ticket_id)
    is_countable = c.ticket_id == ticket.id, c.is_staff == is_staff, ~c.is_internal
    query = query.where(*is_countable).order_by(c.id)
    # New comments come last, so they do not move this offset.
    rows = rows_of(query.offset(read_count).limit(len(shown) + 1))
    if not rows:  # deleted in the meantime
        return Unread(read_count=read_count)
    shown_ids = frozenset(each for each in shown if each >= rows[0].id)
    readable = len(list(takewhile(shown_ids.__contains__, (row.id for row in rows))))
    return Unread(count, rows[0], shown_ids, readable, read_count + readable)


def mark_read(*, actor: Actor, ticket_id: int, side: Side, count: int) -> None:
    """Mark the first ``count`` comments from the other side as read by ``actor``.

    A read marker never moves back or past the last comment. Raises `NotFound` if the actor cannot
    see the ticket, or `NotAllowed` if they cannot read it as ``side``.
    """
    require_id(actor)
    side = Side(side)
    ticket = get_ticket_row(actor, ticket_id, COUNTED)
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
