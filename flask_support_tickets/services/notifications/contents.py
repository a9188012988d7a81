"""Read the contents of a notification, as its recipient can see them (rules A1, A4 and O2)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from ...actor import Actor, actor_for, is_active
from ...current import current_tickets
from ...errors import NotFound, SupportTicketsError
from ...models.notification import Relation
from ..access import visible_comments, visible_events
from ..assignees import find_user
from ..database import rows_of
from ..read_models import (
    CommentInfo,
    EventInfo,
    TicketInfo,
    columns_of,
    comment_infos,
    event_infos,
)
from ..tickets.queries import get_ticket


class NotNotified(SupportTicketsError):
    """The recipient is not notified, for the given reason. This is not an error of the app."""


@dataclass(frozen=True)
class Contents:
    """The ticket, its new events, and their comments by id."""

    ticket: TicketInfo
    events: tuple[EventInfo, ...]
    comments: dict[int, CommentInfo]


def get_recipient(relation: str, user_id: Any) -> tuple[Any, Actor]:
    """Return the user and the actor who reads the ticket. Raises `NotNotified`.

    Requesters never read internal notes, even if they are staff.
    """
    user = find_user(user_id)
    if user is None or not is_active(user):
        raise NotNotified("The user is deleted or deactivated.")
    actor = actor_for(user)
    if relation == Relation.REQUESTER:
        return user, replace(actor, reads_as_requester=True)
    if not actor.is_staff:
        raise NotNotified("The user is no longer staff.")
    return user, actor


def read_contents(actor: Actor, ticket_id: int, event_ids: Collection[int]) -> Contents:
    """Return the ticket and the events that ``actor`` can see.

    Raises `NotNotified` if there are none, for example because the actor lost access.
    """
    try:
        ticket = get_ticket(actor=actor, ticket_id=ticket_id)
    except NotFound:
        raise NotNotified("The recipient cannot see the ticket.") from None
    models = current_tickets.models
    event, comment = models.TicketEvent, models.TicketComment
    query = visible_events(actor, *columns_of(EventInfo, event))
    is_one = event.__table__.c.id.in_(event_ids), event.__table__.c.ticket_id == ticket_id
    events = event_infos(rows_of(query.where(*is_one).order_by(event.__table__.c.id)), actor)
    if not events:
        raise NotNotified("The recipient cannot see the event.")
    ids = [each.comment_id for each in events if each.comment_id is not None]
    query = visible_comments(actor, *columns_of(CommentInfo, comment))
    comments = comment_infos(rows_of(query.where(comment.__table__.c.id.in_(ids))), actor)
    return Contents(ticket, tuple(events), {each.id: each for each in comments})
