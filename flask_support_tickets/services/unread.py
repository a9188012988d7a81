"""Count the tickets that wait for a user, for a badge in the host's menu (rule R5)."""

from __future__ import annotations

from sqlalchemy import Select, and_, func, select

from ..actor import Actor
from ..current import current_tickets
from ..models import OPEN_STATUSES
from .access import listed_conditions
from .database import run
from .pagination import COUNT_MAX


def count_unread_tickets(*, actor: Actor) -> int:
    """Return the number of tickets that wait for ``actor``, at most `COUNT_MAX` + 1.

    For staff, these are the New and InProgress tickets that wait for a reply (R2). For others, they
    are their own tickets with replies that they have not read (R1). Runs one query.
    """
    query = _waiting(actor) if actor.is_staff else _unread(actor)
    some = query.limit(COUNT_MAX + 1).subquery()
    return int(run(select(func.count()).select_from(some)).scalar_one())


def _waiting(actor: Actor) -> Select[tuple[int]]:
    c = current_tickets.models.Ticket.__table__.c
    is_waiting = c.status.in_(OPEN_STATUSES), c.awaiting_since.is_not(None)
    query: Select[tuple[int]] = select(c.id).where(*is_waiting, *listed_conditions(actor))
    return query


def _unread(actor: Actor) -> Select[tuple[int]]:
    models = current_tickets.models
    ticket, seen = models.Ticket.__table__, models.TicketSeen.__table__
    is_own_marker = and_(seen.c.ticket_id == ticket.c.id, seen.c.user_id == actor.id)
    public = ticket.c.staff_comment_count - ticket.c.note_count
    query: Select[tuple[int]] = select(ticket.c.id).outerjoin(seen, is_own_marker)
    has_unread = public > func.coalesce(seen.c.staff_comments, 0)
    return query.where(ticket.c.user_id == actor.id, has_unread)
