"""Presence: which staff members have a ticket's page open (rule M4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, Insert, bindparam, delete

from ..actor import Actor
from ..current import current_tickets
from ..errors import NotAllowed
from ..models import Models, utc_now
from .access import Scope, require_id, scope_of, select_tickets
from .database import dialect_name, prepared, rows_of, run, upsert
from .user_names import get_user_names

#: How long a page load or a poll counts. Pages must poll more often.
LIFETIME = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PresenceInfo:
    """A staff member who has a ticket's page open."""

    user_id: Any
    user_name: str
    is_replying: bool


def list_presence(*, actor: Actor, ticket_id: int) -> list[PresenceInfo]:
    """Return the other staff members on a ticket's page, by name.

    The list is empty if the actor cannot see the ticket. Raises `NotAllowed` unless they are staff.
    """
    _require_staff(actor)
    models, scope = current_tickets.models, scope_of(actor)
    row, ticket = models.TicketPresence.__table__.c, models.Ticket.__table__.c
    query = select_tickets(models, scope, row.user_id, row.is_replying)
    query = query.join(row.user_id.table, row.ticket_id == ticket.id)
    query = query.where(row.ticket_id == ticket_id, row.seen_at > utc_now() - LIFETIME)
    rows = rows_of(query.where(row.user_id != actor.id), scope.parameters(actor))
    names = get_user_names({row.user_id for row in rows})
    present = [PresenceInfo(each.user_id, names[each.user_id], each.is_replying) for each in rows
               if each.user_id in names]  # fmt: skip
    return sorted(present, key=lambda each: (each.user_name, str(each.user_id)))


def record_presence(*, actor: Actor, ticket_id: int, is_replying: bool) -> None:
    """Record that the actor has the ticket's page open, if they can see the ticket.

    Runs one statement. Raises `NotAllowed` unless they are staff.
    """
    require_id(actor)
    _require_staff(actor)
    scope = scope_of(actor)
    values = {"user_id": actor.id, "is_replying": is_replying, "seen_at": utc_now()}
    values |= {"ticket_id": ticket_id, **scope.parameters(actor)}
    run(prepared(_upsert_visible, dialect_name(), scope), values)


def forget_old_presence() -> int:
    """Delete the rows that no longer count and return their number."""
    table = current_tickets.models.TicketPresence.__table__
    return run(delete(table).where(table.c.seen_at < utc_now() - LIFETIME)).rowcount


def _require_staff(actor: Actor) -> None:
    if not actor.sees_internal:
        raise NotAllowed


def _upsert_visible(models: Models, dialect: str, scope: Scope) -> Insert:
    table, ticket = models.TicketPresence.__table__, models.Ticket.__table__
    names = ("user_id", "is_replying", "seen_at")
    values = [bindparam(name, type_=table.c[name].type) for name in names]
    visible = select_tickets(models, scope, ticket.c.id, *values)
    visible = visible.where(ticket.c.id == bindparam("ticket_id", type_=BigInteger()))
    statement = upsert(table, dialect, ("user_id", "ticket_id"), names[1:], lambda _old, new: new)
    return statement.from_select(("ticket_id", *names), visible)
