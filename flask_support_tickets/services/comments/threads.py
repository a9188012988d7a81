"""Query comments, replies and threads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, case, func, select, union_all

from ...actor import Actor
from ...current import current_tickets
from ...errors import NotFound
from ...models import Models
from ..access import Scope, scope_of, select_comments, visible_comments
from ..database import prepared, rows_of, run
from ..pagination import Page, PageRequest, read_page
from ..read_models import CommentInfo, TicketInfo, columns_of, comment_infos, names_in
from ..tickets.queries import get_ticket_row

#: The maximum number of replies on a page of threads. `list_replies` returns the rest.
REPLIES_MAX = 500
#: The columns that the ETag for a page of comments depends on.
_KEYS = ("id", "user_id", "reply_count")


def list_comments(
    *,
    actor: Actor,
    ticket_id: int,
    page: int = 1,
    page_size: int = 50,
    after_id: int | None = None,
    only_state: bool = False,
) -> Page[CommentInfo]:
    """Return a page of a ticket's top-level comments, oldest first; see `PageRequest`.

    Raises `NotFound` if the actor cannot see the ticket.
    """
    request = PageRequest(page, page_size, after_id, only_state)
    total = get_ticket_row(actor, ticket_id, ("thread_count",)).thread_count
    return _read_page(actor, request, total, *_is_top_level(ticket_id))


def list_replies(
    *,
    actor: Actor,
    comment_id: int,
    page: int = 1,
    page_size: int = 50,
    after_id: int | None = None,
    only_state: bool = False,
) -> Page[CommentInfo]:
    """Return a page of a comment's direct replies, oldest first; see `list_comments`."""
    comment = current_tickets.models.TicketComment.__table__.c
    query = visible_comments(actor, comment.ticket_id, comment.reply_count)
    parent = run(query.where(is_comment(comment_id))).one_or_none()
    if parent is None:
        raise NotFound
    request = PageRequest(page, page_size, after_id, only_state)
    is_reply = comment.ticket_id == parent.ticket_id, comment.parent_comment_id == comment_id
    return _read_page(actor, request, parent.reply_count, *is_reply)


def _read_page(
    actor: Actor, request: PageRequest, total: int, *conditions: Any
) -> Page[CommentInfo]:
    query = _visible_comments(actor).where(*conditions)
    return read_page(query, request, actor=actor, total=total, keys=_KEYS, infos=comment_infos)


def get_comment(*, actor: Actor, comment_id: int) -> CommentInfo:
    """Return a comment. Raises `NotFound` if the actor cannot see it."""
    rows = run(_visible_comments(actor).where(is_comment(comment_id))).all()
    if not rows:
        raise NotFound
    return comment_infos(rows, actor)[0]


def _visible_comments(actor: Actor) -> Select[Any]:
    return visible_comments(actor, *columns_of(CommentInfo, current_tickets.models.TicketComment))


def is_comment(comment_id: int) -> ColumnElement[bool]:
    """Build the condition that a comment has this id. An out-of-range id matches nothing."""
    column: ColumnElement[Any] = current_tickets.models.TicketComment.__table__.c.id
    return column == bindparam(None, comment_id, type_=BigInteger())


def list_threads(
    *, actor: Actor, ticket: TicketInfo, page: int = 1, page_size: int = 50
) -> Page[CommentInfo]:
    """Return a page of a ticket's top-level comments, each followed by its replies.

    ``total_count`` counts only top-level comments. A page has at most `REPLIES_MAX` replies. Raises
    `NotFound` if the actor cannot see the ticket.
    """
    total, offset = ticket.thread_count, (page - 1) * page_size
    if offset >= total:
        return Page([], total, False)
    scope = scope_of(actor)
    values = {"ticket_id": ticket.id, "offset": offset, "limit": page_size}
    values |= {"replies": REPLIES_MAX + 1, **scope.parameters(actor)}
    rows = rows_of(prepared(_select_threads, scope), values)
    if not rows:  # the actor cannot see the ticket, or it was deleted
        raise NotFound
    infos = comment_infos(rows, actor, names_in([ticket]))
    tops = [info for info in infos if not info.depth]
    replies = [info for info in infos if info.depth]
    items = _in_reading_order(tops, replies[:REPLIES_MAX])
    return Page(items, total, offset + len(tops) < total, is_cut=len(replies) > REPLIES_MAX)


def page_of_comment(comment: Any, *, actor: Actor, page_size: int = 50) -> int:
    """Return the number of the `list_threads` page that shows ``comment``."""
    return find_page(comment, actor, page_size)[0]


def find_page(comment: Any, actor: Actor, page_size: int) -> tuple[int, int]:
    """Return the `page_of_comment`, and the number of pages."""
    table = current_tickets.models.TicketComment.__table__.c
    is_before = table.id < (comment.root_comment_id or comment.id)
    query = visible_comments(actor, func.count(case((is_before, 1))), func.count())
    counts: Any = run(query.where(*_is_top_level(comment.ticket_id))).one()
    return int(counts[0]) // page_size + 1, -(-int(counts[1]) // page_size)


def _is_top_level(ticket_id: int) -> tuple[ColumnElement[bool], ...]:
    c = current_tickets.models.TicketComment.__table__.c
    return c.ticket_id == ticket_id, c.parent_comment_id.is_(None)


def _select_threads(models: Models, scope: Scope) -> Select[Any]:
    """Build a query for a page of top-level comments and the first replies to them."""
    c = models.TicketComment.__table__.c
    is_of_ticket = c.ticket_id == bindparam("ticket_id", type_=BigInteger())
    tops = (
        select_comments(models, scope, c.id)
        .where(is_of_ticket, c.parent_comment_id.is_(None))
        .order_by(c.id)
        .limit(bindparam("limit"))
        .offset(bindparam("offset"))
        .cte("tops")
    )
    visible = select_comments(models, scope, *columns_of(CommentInfo, models.TicketComment))
    replies = (
        visible.join(tops, c.root_comment_id == tops.c.id)
        .where(is_of_ticket)
        .order_by(c.id)
        .limit(bindparam("replies"))
        .subquery()
    )
    both = union_all(visible.join(tops, c.id == tops.c.id), select(replies)).subquery()
    return select(both).order_by(both.c.id)


def _in_reading_order(
    tops: Sequence[CommentInfo], replies: Sequence[CommentInfo]
) -> list[CommentInfo]:
    children: dict[int | None, list[CommentInfo]] = {}
    for reply in replies:
        children.setdefault(reply.parent_comment_id, []).append(reply)
    ordered, stack = [], list(reversed(tops))
    while stack:
        comment = stack.pop()
        ordered.append(comment)
        stack.extend(reversed(children.get(comment.id, [])))
    return ordered
