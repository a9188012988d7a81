"""Read comments, replies and whole threads, limited to what the actor may see (A1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import selectinload

from ..current import current_tickets
from ..errors import NotFound
from ..policy import Actor
from .paging import Listing, Page
from .permissions import visible_to
from .reads import get_ticket

#: Replies loaded with one page of threads; the rest is counted and can be read on their own.
REPLIES_MAX = 500


def get_comment_ticket(*, actor: Actor, comment_id: int) -> int:
    """Return the id of a comment's ticket. Raises `NotFound` like `get_ticket`."""
    models = current_tickets.models
    query = select(models.TicketComment.ticket_id).join(
        models.Ticket, models.Ticket.id == models.TicketComment.ticket_id
    )
    ticket_id: int | None = current_tickets.session.scalar(
        query.where(models.TicketComment.id == comment_id, visible_to(actor))
    )
    if ticket_id is None:
        raise NotFound
    return ticket_id


def list_comments(
    *,
    actor: Actor,
    ticket_id: int,
    page: int = 1,
    page_size: int = 50,
    after_id: int | None = None,
    only_keys: bool = False,
) -> Page:
    """Return a page of a ticket's top-level comments, oldest first. Raises `NotFound`.

    ``after_id`` and ``only_keys`` are those of `Listing.read`.
    """
    get_ticket(actor=actor, ticket_id=ticket_id, only_keys=True)
    return _siblings(ticket_id, None).read(page, page_size, after_id, only_keys)


def list_replies(
    *,
    actor: Actor,
    comment_id: int,
    page: int = 1,
    page_size: int = 50,
    after_id: int | None = None,
    only_keys: bool = False,
) -> Page:
    """Return a page of a comment's direct replies, oldest first, as `list_comments` does."""
    ticket_id = get_comment_ticket(actor=actor, comment_id=comment_id)
    return _siblings(ticket_id, comment_id).read(page, page_size, after_id, only_keys)


def list_threads(*, actor: Actor, ticket_id: int, page: int = 1, page_size: int = 50) -> Page:
    """Return a page of top-level comments, each followed by its replies of every depth.

    Comments stand in reading order; ``depth`` tells how deep. ``total_count`` counts top-level
    comments. At most `REPLIES_MAX` replies are loaded with a page. Raises `NotFound`.
    """
    get_ticket(actor=actor, ticket_id=ticket_id, only_keys=True)
    model = current_tickets.models.TicketComment
    roots = _siblings(ticket_id, None)
    total = roots.count()
    first = (page - 1) * page_size
    page_of_roots = roots.query.order_by(model.id).offset(first).limit(page_size)
    shown = page_of_roots.with_only_columns(model.id).subquery()
    # Top-level comments first, so that only replies can be cut.
    query = (
        select(model)
        .join(shown, or_(model.id == shown.c.id, model.root_comment_id == shown.c.id))
        .where(model.ticket_id == ticket_id)
        .order_by(model.depth > 0, model.id)
        .limit(page_size + REPLIES_MAX + 1)
        .options(*roots.options)
    )
    rows = current_tickets.session.scalars(query).all() if first < total else []
    tops = [comment for comment in rows if not comment.depth]
    replies = rows[len(tops) :]
    items = _in_reading_order(tops, replies[:REPLIES_MAX])
    has_more = bool(tops) and total > first + len(tops)
    return Page(items, total, has_more, is_cut=len(replies) > REPLIES_MAX)


def page_of_comment(comment: Any, *, page_size: int = 50) -> int:
    """Return the page of `list_threads` that shows ``comment``."""
    model = current_tickets.models.TicketComment
    root_id = comment.root_comment_id or comment.id
    query = select(func.count()).where(
        model.ticket_id == comment.ticket_id, model.parent_comment_id.is_(None), model.id < root_id
    )
    return int(current_tickets.session.scalar(query)) // page_size + 1


def _siblings(ticket_id: int, parent_comment_id: int | None) -> Listing:
    model = current_tickets.models.TicketComment
    return Listing(
        select(model).where(
            model.ticket_id == ticket_id, model.parent_comment_id == parent_comment_id
        ),
        model,
        keys=(model.id, model.user_id, model.reply_count),
        options=(selectinload(model.user), selectinload(model.attachments)),
    )


def _in_reading_order(roots: Sequence[Any], replies: Sequence[Any]) -> list[Any]:
    children: dict[int, list[Any]] = {}
    for reply in replies:
        children.setdefault(reply.parent_comment_id, []).append(reply)
    ordered, waiting = [], list(reversed(roots))
    while waiting:
        comment = waiting.pop()
        ordered.append(comment)
        waiting.extend(reversed(children.get(comment.id, [])))
    return ordered
