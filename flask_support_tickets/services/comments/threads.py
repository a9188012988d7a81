"""Read comments, replies and whole threads, limited to what the actor may see (A1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, func, select, union_all

from ...current import current_tickets
from ...errors import NotFound
from ...models import Models
from ...policy import Actor
from ..access import can_see
from ..database import prepared, run
from ..pagination import Listing, Page, Part
from ..read_models import Shown, show_to
from ..tickets.queries import ticket_row

#: Replies loaded with one page of threads; the rest is counted and can be read on their own.
REPLIES_MAX = 500
#: The columns that tell, with the people they name, whether a comment looks as it did before.
_KEYS = ("id", "user_id", "reply_count")


def list_comments(
    *,
    actor: Actor,
    ticket_id: int,
    page: int = 1,
    page_size: int = 50,
    after_id: int | None = None,
    only_state: bool = False,
) -> Page:
    """Return a page of a ticket's top-level comments, oldest first. Raises `NotFound`.

    ``after_id`` and ``only_state`` are those of `Part`. The comments are `Shown`.
    """
    ticket = ticket_row(actor, ticket_id, ("user_id", "thread_count"))
    table = current_tickets.models.TicketComment.__table__
    values = {"ticket_id": ticket_id}
    listing = Listing(_top_level, table, ticket.thread_count, values, _KEYS)
    return listing.read(Part(page, page_size, after_id, only_state), actor)


def list_replies(
    *,
    actor: Actor,
    comment_id: int,
    page: int = 1,
    page_size: int = 50,
    after_id: int | None = None,
    only_state: bool = False,
) -> Page:
    """Return a page of a comment's direct replies, oldest first, as `list_comments` does."""
    parent = run(prepared(_parent), {"comment_id": comment_id}).one_or_none()
    if parent is None or not can_see(actor, parent):
        raise NotFound
    table = current_tickets.models.TicketComment.__table__
    values = {"ticket_id": parent.ticket_id, "parent_id": comment_id}
    listing = Listing(_replies, table, parent.reply_count, values, _KEYS)
    return listing.read(Part(page, page_size, after_id, only_state), actor)


def list_threads(*, actor: Actor, ticket: Shown, page: int = 1, page_size: int = 50) -> Page:
    """Return a page of a ticket's top-level comments, each followed by its replies of every depth.

    Comments are `Shown` and stand in reading order; ``depth`` tells how deep. ``total_count``
    counts top-level comments. At most `REPLIES_MAX` replies come with a page. ``ticket`` was read
    before. Raises `NotFound` for one the actor may not see.
    """
    if not can_see(actor, ticket):
        raise NotFound
    total, first = ticket.thread_count, (page - 1) * page_size
    if first >= total:
        return Page([], total, False)
    values = {"ticket_id": ticket.id, "first": first, "count": page_size}
    rows = run(prepared(_threads), {**values, "replies": REPLIES_MAX + 1}).all()
    tops = [row for row in rows if not row.depth]
    replies = [row for row in rows if row.depth]
    rows = [*tops, *replies[:REPLIES_MAX]]
    table = current_tickets.models.TicketComment.__table__
    shown = show_to(actor, rows, table, beside=[ticket])
    items = _in_reading_order(shown[: len(tops)], shown[len(tops) :])
    return Page(items, total, first + len(tops) < total, is_cut=len(replies) > REPLIES_MAX)


def page_of_comment(comment: Any, *, page_size: int = 50) -> int:
    """Return the page of `list_threads` that shows ``comment``."""
    root_id = comment.root_comment_id or comment.id
    values = {"ticket_id": comment.ticket_id, "root_id": root_id}
    return int(run(prepared(_older), values).scalar_one()) // page_size + 1


def _parent(models: Models) -> Select[Any]:
    comment, ticket = models.TicketComment.__table__.c, models.Ticket.__table__
    number = bindparam("comment_id", type_=BigInteger())
    return (
        select(comment.ticket_id, comment.reply_count, ticket.c.user_id)
        .join(ticket, ticket.c.id == comment.ticket_id)
        .where(comment.id == number)
    )


def _top_level(models: Models, columns: tuple[str, ...]) -> Select[Any]:
    return _siblings(models, columns, models.TicketComment.__table__.c.parent_comment_id.is_(None))


def _replies(models: Models, columns: tuple[str, ...]) -> Select[Any]:
    parent = models.TicketComment.__table__.c.parent_comment_id
    return _siblings(models, columns, parent == bindparam("parent_id"))


def _siblings(models: Models, columns: tuple[str, ...], is_sibling: Any) -> Select[Any]:
    table = models.TicketComment.__table__
    is_of_ticket = table.c.ticket_id == bindparam("ticket_id", type_=BigInteger())
    return (
        select(*(table.c[name] for name in columns))
        .where(is_of_ticket, is_sibling, table.c.id > bindparam("after_id", type_=BigInteger()))
        .order_by(table.c.id)
        .limit(bindparam("count"))
        .offset(bindparam("first"))
    )


def _threads(models: Models) -> Any:
    """Build: a page of top-level comments, and the first ``:replies`` of all that answers them."""
    table = models.TicketComment.__table__
    is_of_ticket = table.c.ticket_id == bindparam("ticket_id", type_=BigInteger())
    tops = (
        select(table.c.id)
        .where(is_of_ticket, table.c.parent_comment_id.is_(None))
        .order_by(table.c.id)
        .limit(bindparam("count"))
        .offset(bindparam("first"))
        .cte("tops")
    )
    below = (
        select(table)
        .join(tops, table.c.root_comment_id == tops.c.id)
        .where(is_of_ticket)
        .order_by(table.c.id)
        .limit(bindparam("replies"))
        .subquery()
    )
    both = union_all(select(table).join(tops, table.c.id == tops.c.id), select(below)).subquery()
    return select(both).order_by(both.c.id)


def _older(models: Models) -> Select[Any]:
    columns = models.TicketComment.__table__.c
    return select(func.count()).where(
        columns.ticket_id == bindparam("ticket_id"),
        columns.parent_comment_id.is_(None),
        columns.id < bindparam("root_id"),
    )


def _in_reading_order(roots: Sequence[Shown], replies: Sequence[Shown]) -> list[Shown]:
    children: dict[int, list[Shown]] = {}
    for reply in replies:
        children.setdefault(reply.parent_comment_id, []).append(reply)
    ordered, waiting = [], list(reversed(roots))
    while waiting:
        comment = waiting.pop()
        ordered.append(comment)
        waiting.extend(reversed(children.get(comment.id, [])))
    return ordered
