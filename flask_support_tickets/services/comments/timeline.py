"""List comments with the transitions between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ScalarSelect, func, or_, select

from ...actor import Actor
from ...current import current_tickets
from ...models.status import NOTE
from ..access import visible_comments, visible_events
from ..database import rows_of
from ..pagination import Page
from ..read_models import CommentInfo, EventInfo, TicketInfo, columns_of, event_infos, names_in

TRANSITIONS_MAX = 200
#: Events that are not listed, because the description and the comments themselves are shown.
_CONTENT_EVENTS = ("Open", "Comment", NOTE)


class Entry(NamedTuple):
    """An entry in a timeline: either a comment or an event."""

    comment: CommentInfo | None = None
    event: EventInfo | None = None


def list_timeline(
    *, actor: Actor, ticket: TicketInfo, threads: Page[CommentInfo], page: int
) -> list[Entry]:
    """Return the comments in ``threads``, a page from `list_threads`, merged with the transitions.

    A transition comes before the first top-level comment that was written after it. The last page
    includes those after the last comment. A page has at most `TRANSITIONS_MAX` transitions.
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
        query = query.where(event.id < _event_of(_next_top(actor, ticket.id, tops[-1])))
    rows = rows_of(query.order_by(event.id.desc()).limit(TRANSITIONS_MAX + len(tops)))
    transitions = [row for row in rows if row.action not in _CONTENT_EVENTS][:TRANSITIONS_MAX]
    events = event_infos(transitions, actor, names_in([ticket, *threads.items]))
    event_ids = {row.comment_id: row.id for row in rows if row.action in _CONTENT_EVENTS}
    return _merge(threads.items, events, event_ids)


def _merge(
    comments: Sequence[CommentInfo], events: Sequence[EventInfo], event_ids: Mapping[int, int]
) -> list[Entry]:
    """Insert ``events``, sorted from newest to oldest, between ``comments``.

    The order follows the event ids, because two servers' clocks may differ.
    """
    entries: list[Entry] = []
    remaining = list(events)
    for comment in comments:
        while remaining and remaining[-1].id < event_ids.get(comment.id, 0):
            entries.append(Entry(event=remaining.pop()))
        entries.append(Entry(comment=comment))
    return entries + [Entry(event=event) for event in reversed(remaining)]


def _next_top(actor: Actor, ticket_id: int, comment_id: int) -> ScalarSelect[Any]:
    c = current_tickets.models.TicketComment.__table__.c
    is_top_level = c.ticket_id == ticket_id, c.parent_comment_id.is_(None)
    query = visible_comments(actor, func.min(c.id)).where(*is_top_level, c.id > comment_id)
    return query.scalar_subquery()


def _event_of(comment_id: Any) -> ScalarSelect[Any]:
    event = current_tickets.models.TicketEvent.__table__.alias()
    return select(func.min(event.c.id)).where(event.c.comment_id == comment_id).scalar_subquery()
