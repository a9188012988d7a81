"""Read tickets, comments and history. Every query is limited to what the actor may see (A1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import selectinload

from ..current import current_tickets
from ..errors import NotFound
from ..models import TicketStatus
from ..models.user_key import parse_id
from ..policy import Actor
from .permissions import visible_to
from .search import matches

#: Replies loaded with one page of threads; the rest is counted and can be read on their own.
REPLIES_MAX = 500


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and how many rows the whole list has."""

    items: list[Any]
    total_count: int
    has_more: bool
    #: Whether replies were left out of a page of threads (see `REPLIES_MAX`).
    is_cut: bool = False


@dataclass(frozen=True)
class TicketFilter:
    """Which tickets a list shows; the default is all that the actor may see."""

    statuses: Collection[TicketStatus] = ()
    search: str | None = None
    owner: Any = None
    assigned_to: Any = None
    department: str | None = None


def id_in_url(value: str) -> int:
    """Return the id that a URL names. Raises `NotFound` for anything that cannot be one."""
    number = parse_id(value)
    if number is None:
        raise NotFound
    return number


def list_tickets(
    *, actor: Actor, criteria: TicketFilter = TicketFilter(), page: int = 1, page_size: int = 20
) -> Page:
    """Return a page (from 1) of tickets, newest first; past the end it is empty."""
    model = current_tickets.models.Ticket
    query = select(model).where(visible_to(actor), *_conditions(criteria)).order_by(model.id.desc())
    query = query.options(
        selectinload(model.user), selectinload(model.assigned_to), selectinload(model.attachments)
    )
    return _page(query, page, page_size)


def get_ticket(*, actor: Actor, ticket_id: int) -> Any:
    """Return a ticket. Raises `NotFound` when there is none or it is somebody else's."""
    model = current_tickets.models.Ticket
    ticket = current_tickets.session.scalar(
        select(model).where(model.id == ticket_id, visible_to(actor))
    )
    if ticket is None:
        raise NotFound
    return ticket


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


def list_comments(*, actor: Actor, ticket_id: int, page: int = 1, page_size: int = 50) -> Page:
    """Return a page of a ticket's top-level comments, oldest first. Raises `NotFound`."""
    get_ticket(actor=actor, ticket_id=ticket_id)
    return _comments(ticket_id, None, page, page_size)


def list_replies(*, actor: Actor, comment_id: int, page: int = 1, page_size: int = 50) -> Page:
    """Return a page of a comment's direct replies, oldest first. Raises `NotFound`."""
    ticket_id = get_comment_ticket(actor=actor, comment_id=comment_id)
    return _comments(ticket_id, comment_id, page, page_size)


def list_threads(*, actor: Actor, ticket_id: int, page: int = 1, page_size: int = 50) -> Page:
    """Return a page of top-level comments, each followed by its replies of every depth.

    Comments stand in reading order; ``depth`` tells how deep. ``total_count`` counts top-level
    comments. At most `REPLIES_MAX` replies are loaded with a page. Raises `NotFound`.
    """
    get_ticket(actor=actor, ticket_id=ticket_id)
    model = current_tickets.models.TicketComment
    roots = _comment_query(ticket_id, None)
    total = _count(roots)
    first = (page - 1) * page_size
    shown = roots.with_only_columns(model.id).offset(first).limit(page_size).subquery()
    # Top-level comments first, so that only replies can be cut.
    query = (
        select(model)
        .join(shown, or_(model.id == shown.c.id, model.root_comment_id == shown.c.id))
        .where(model.ticket_id == ticket_id)
        .order_by(model.depth > 0, model.id)
        .limit(page_size + REPLIES_MAX + 1)
    )
    rows = current_tickets.session.scalars(_with_people(query)).all() if first < total else []
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


def list_events(*, actor: Actor, ticket_id: int, limit: int = 200) -> list[Any]:
    """Return a ticket's latest ``limit`` events, oldest first. Raises `NotFound`."""
    get_ticket(actor=actor, ticket_id=ticket_id)
    model = current_tickets.models.TicketEvent
    query = select(model).where(model.ticket_id == ticket_id).order_by(model.id.desc())
    query = query.options(selectinload(model.user), selectinload(model.assigned_to))
    return list(reversed(current_tickets.session.scalars(query.limit(limit)).all()))


def _conditions(criteria: TicketFilter) -> list[Any]:
    model = current_tickets.models.Ticket
    conditions: list[Any] = []
    if criteria.statuses:
        conditions.append(model.status.in_(sorted(criteria.statuses)))
    if criteria.owner is not None:
        conditions.append(model.user_id == criteria.owner)
    if criteria.assigned_to is not None:
        user_key = current_tickets.models.user_key
        conditions.append(user_key.equals(model.assigned_to_user_id, criteria.assigned_to))
    if criteria.department is not None:
        conditions.append(model.department == criteria.department)
    if criteria.search is not None:
        conditions.append(matches(criteria.search))
    return conditions


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


def _comments(ticket_id: int, parent_comment_id: int | None, page: int, page_size: int) -> Page:
    query = _comment_query(ticket_id, parent_comment_id)
    return _page(_with_people(query), page, page_size)


def _comment_query(ticket_id: int, parent_comment_id: int | None) -> Select[Any]:
    model = current_tickets.models.TicketComment
    siblings = model.ticket_id == ticket_id, model.parent_comment_id == parent_comment_id
    return select(model).where(*siblings).order_by(model.id)


def _with_people(query: Select[Any]) -> Select[Any]:
    model = current_tickets.models.TicketComment
    return query.options(selectinload(model.user), selectinload(model.attachments))


def _count(query: Select[Any]) -> int:
    counted = query.order_by(None).with_only_columns(func.count(), maintain_column_froms=True)
    return int(current_tickets.session.scalar(counted))


def _page(query: Select[Any], page: int, page_size: int) -> Page:
    total = _count(query)
    first = (page - 1) * page_size
    rows = query.offset(first).limit(page_size)
    items = current_tickets.session.scalars(rows).all() if first < total else []
    return Page(list(items), total, bool(items) and total > first + len(items))
