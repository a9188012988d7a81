"""The gate: which tickets and comments an actor can see, and what they may do (A1, W2 to W5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select

from ..actor import Actor
from ..current import current_tickets
from ..models import Models
from ..models.status import COMMENT_STATUSES, TRANSITIONS, Action, Side, TicketStatus


@dataclass(frozen=True)
class Scope:
    """The tickets an actor can see; hashable, so that statements can be prepared for it."""

    #: Whether the actor sees only their own tickets.
    is_own: bool

    def parameters(self, actor: Actor) -> dict[str, Any]:
        """Return the parameters of the scope's conditions."""
        return {"viewer_id": actor.id} if self.is_own else {}


def scope_of(actor: Actor) -> Scope:
    """Return the scope of the tickets that ``actor`` can see (A1)."""
    return Scope(is_own=not actor.is_staff)


def select_tickets(models: Models, scope: Scope, *columns: Any) -> Select[Any]:
    """Build a select from the tickets in ``scope``, to be run with `Scope.parameters`."""
    return select(*columns).select_from(models.Ticket.__table__).where(*_in_scope(models, scope))


def select_comments(models: Models, scope: Scope, *columns: Any) -> Select[Any]:
    """Build a select from the comments in ``scope``, to be run with `Scope.parameters`."""
    ticket, comment = models.Ticket.__table__, models.TicketComment.__table__
    query = select(*columns).select_from(comment)
    is_visible = exists().where(ticket.c.id == comment.c.ticket_id, *_in_scope(models, scope))
    return query.where(is_visible) if scope.is_own else query


def visible_tickets(actor: Actor, *columns: Any) -> Select[Any]:
    """Build a select of ``columns``, or the id, from the tickets that ``actor`` can see (A1)."""
    models, scope = current_tickets.models, scope_of(actor)
    query = select_tickets(models, scope, *(columns or [models.Ticket.__table__.c.id]))
    return query.params(scope.parameters(actor))


def visible_comments(actor: Actor, *columns: Any) -> Select[Any]:
    """Build a select of ``columns`` from the comments that ``actor`` can see (A1)."""
    scope = scope_of(actor)
    query = select_comments(current_tickets.models, scope, *columns)
    return query.params(scope.parameters(actor))


def visible_events(actor: Actor, *columns: Any) -> Select[Any]:
    """Build a select of ``columns`` from the events of the tickets that ``actor`` can see (A1)."""
    event = current_tickets.models.TicketEvent.__table__
    query = select(*columns).select_from(event)
    if scope_of(actor).is_own:
        query = query.where(event.c.ticket_id.in_(visible_tickets(actor)))
    return query


def visible_attachments(actor: Actor, *columns: Any) -> Select[Any]:
    """Build a select of ``columns`` from the attachments that ``actor`` can see (B6)."""
    c = current_tickets.models.TicketAttachment.__table__.c
    is_unused = and_(c.ticket_id.is_(None), c.user_id == actor.id)
    return select(*columns).where(or_(is_unused, c.ticket_id.in_(visible_tickets(actor))))


def visible_conditions(actor: Actor) -> list[ColumnElement[bool]]:
    """Return the conditions of `visible_tickets`, for another select of tickets."""
    ticket = current_tickets.models.Ticket.__table__.c
    return [ticket.user_id == actor.id] if scope_of(actor).is_own else []


def _in_scope(models: Models, scope: Scope) -> list[ColumnElement[bool]]:
    if not scope.is_own:
        return []
    column = models.Ticket.__table__.c.user_id
    return [column == bindparam("viewer_id", type_=column.type)]


def get_sides(actor: Actor, ticket: Any) -> frozenset[Side]:
    """Return the sides that ``actor`` is on: both for staff who opened ``ticket`` (W5)."""
    return _sides(ticket.user_id == actor.id, actor.is_staff)


def _sides(is_owner: bool, is_staff: bool) -> frozenset[Side]:
    return frozenset(side for side, has in ((Side.OWNER, is_owner), (Side.STAFF, is_staff)) if has)


def may_transition(action: Action, sides: frozenset[Side]) -> bool:
    """Return whether one of ``sides`` may take ``action`` in any status (W2)."""
    return bool(TRANSITIONS[action].sides & sides)


def is_enabled(action: Action) -> bool:
    """Return whether the app allows ``action``; only ``Reopen`` can be disabled."""
    return action is not Action.Reopen or current_tickets.config.allow_reopen


def commenting_statuses(sides: frozenset[Side]) -> frozenset[TicketStatus]:
    """Return the statuses in which one of ``sides`` may comment (W4)."""
    return frozenset[TicketStatus]().union(*(COMMENT_STATUSES[side] for side in sides))


def allowed_actions(actor: Actor, ticket: Any) -> list[str]:
    """Return what ``actor`` may do to ``ticket`` now: ``Comment`` and values of `Action`."""
    return allowed_actions_of(actor)(ticket)


def allowed_actions_of(actor: Actor) -> Callable[[Any], list[str]]:
    """Return a function that returns the `allowed_actions` of a ticket."""
    may_reopen = is_enabled(Action.Reopen)
    return lambda ticket: list(
        _allowed(ticket.status, ticket.user_id == actor.id, actor.is_staff, may_reopen)
    )


@cache
def _allowed(status: int, is_owner: bool, is_staff: bool, may_reopen: bool) -> tuple[str, ...]:
    sides = _sides(is_owner, is_staff)
    comment = ("Comment",) if status in commenting_statuses(sides) else ()
    return comment + tuple(
        action.value
        for action, transition in TRANSITIONS.items()
        if transition.source == status
        and may_transition(action, sides)
        and (may_reopen or action is not Action.Reopen)
    )
