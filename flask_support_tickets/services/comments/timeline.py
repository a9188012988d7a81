"""Comments with the transitions between them, and unread comments."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ScalarSelect, func, or_, select

from ...actor import Actor
from ...current import current_tickets
from ...models.status import Side
from ..access import visible_comments, visible_events
from ..database import rows_of, run
from ..pagination import Page
from ..read_models import CommentInfo, EventInfo, TicketInfo, columns_of, event_infos, names_in

TRANSITIONS_MAX = 200
#: Events of the description and the comments, which the page has anyway.
_CONTENT_EVENTS = ("Open", "Comment")


class Entry(NamedTuple):
    """An entry of a timeline: either a comment or an event."""

    comment: CommentInfo | None = None
    event: EventInfo | None = None


def list_timeline(
    *, actor: Actor, ticket: TicketInfo, threads: Page[CommentInfo], page: int
) -> list[Entry]:
    """Return the comments of ``threads``, a page of `list_threads`, with the transitions between.

    A transition comes before the first top-level comment that is later; the last page has those
    after the last comment. A page has at most `TRANSITIONS_MAX`.
    """
    tops = [comment.id for comment in threads.items if not comment.depth]
    if page > 1 and not tops:
        return []
    model = current_tickets.models.TicketEvent
    event = model.__table__.c
    is_shown = or_(event.action.not_in(_CONTENT_EVENTS), event.comment_id.in_(tops))
    query = visible_events(actor, *columns_of(EventInfo, model))
    query = query.where(event.ticket_id == ticket.id, is_shown)
    if page > 1:
        query = query.where(event.id > _event_of(tops[0]))
    if threads.has_more:
        query = query.where(event.id < _event_of(_next_top(ticket.id, tops[-1])))
    rows = rows_of(query.order_by(event.id.desc()).limit(TRANSITIONS_MAX + len(tops)))
    transitions = [row for row in rows if row.action not in _CONTENT_EVENTS][:TRANSITIONS_MAX]
    events = event_infos(transitions, actor, names_in([ticket, *threads.items]))
    event_ids = {row.comment_id: row.id for row in rows if row.action in _CONTENT_EVENTS}
    return _merge(threads.items, events, event_ids)


def find_unread(
    *, actor: Actor, ticket: TicketInfo, side: Side, unread: int, comments: Collection[CommentInfo]
) -> frozenset[int]:
    """Return the ids of those ``comments`` that are among the other side's latest ``unread``."""
    is_staff = side is Side.OWNER
    theirs = [comment.id for comment in comments if comment.is_staff is is_staff]
    if not unread or not theirs:
        return frozenset()
    comment = current_tickets.models.TicketComment.__table__.c
    query = visible_comments(actor, comment.id).where(
        comment.ticket_id == ticket.id, comment.is_staff == is_staff
    )
    oldest = run(query.order_by(comment.id.desc()).limit(1).offset(unread - 1)).scalar() or 0
    return frozenset(comment_id for comment_id in theirs if comment_id >= oldest)


def _merge(
    comments: Sequence[CommentInfo], events: Sequence[EventInfo], event_ids: Mapping[int, int]
) -> list[Entry]:
    """Insert ``events``, latest first, between ``comments``, whose events have ``event_ids``.

    Compares ids, because the clocks of two servers may differ.
    """
    entries: list[Entry] = []
    remaining = list(events)
    for comment in comments:
        while remaining and remaining[-1].id < event_ids.get(comment.id, 0):
            entries.append(Entry(event=remaining.pop()))
        entries.append(Entry(comment=comment))
    return entries + [Entry(event=event) for event in reversed(remaining)]


def _next_top(ticket_id: int, comment_id: int) -> ScalarSelect[Any]:
    c = current_tickets.models.TicketComment.__table__.c
    is_top_level = c.ticket_id == ticket_id, c.parent_comment_id.is_(None)
    return select(func.min(c.id)).where(*is_top_level, c.id > comment_id).scalar_subquery()


def _event_of(comment_id: Any) -> ScalarSelect[Any]:
    event = current_tickets.models.TicketEvent.__table__.alias()
    return select(func.min(event.c.id)).where(event.c.comment_id == comment_id).scalar_subquery()
