"""The gate: which tickets and comments an actor can see, and what they may do (A1, W2 to W5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, select

from ..actor import Actor
from ..current import current_tickets
from ..models import Models
from ..models.status import COMMENT_STATUSES, TRANSITIONS, Action, Side, TicketStatus

_NO_SIDE: frozenset[Side] = frozenset()


@dataclass(frozen=True)
class Scope:
    """Which tickets an actor can see. It is hashable, so that statements can be prepared for it."""

    #: Only the actor's own; else all.
    is_own: bool

    def parameters(self, actor: Actor) -> dict[str, Any]:
        """Return the values that the conditions of this scope need."""
        return {"viewer_id": actor.id} if self.is_own else {}


def scope_of(actor: Actor) -> Scope:
    """Return which tickets ``actor`` can see (A1)."""
    return Scope(is_own=not actor.is_staff)


def select_tickets(models: Models, scope: Scope, *columns: Any) -> Select[Any]:
    """Build a select of ``columns`` from the tickets in ``scope``; every read begins here.

    The statement needs the values of `Scope.parameters`.
    """
    return select(*columns).select_from(models.Ticket.__table__).where(*_in_scope(models, scope))


def select_comments(models: Models, scope: Scope, *columns: Any) -> Select[Any]:
    """Build a select of ``columns`` from the comments in ``scope``; every read begins here.

    The statement needs the values of `Scope.parameters`.
    """
    ticket, comment = models.Ticket.__table__, models.TicketComment.__table__
    query = select(*columns).select_from(comment)
    conditions = _in_scope(models, scope)
    if conditions:
        query = query.where(exists().where(ticket.c.id == comment.c.ticket_id, *conditions))
    return query


def visible_tickets(actor: Actor, *columns: Any) -> Select[Any]:
    """Return a select of ``columns`` (default: the id) from the tickets ``actor`` can see (A1)."""
    models, scope = current_tickets.models, scope_of(actor)
    chosen = columns or (models.Ticket.__table__.c.id,)
    return select_tickets(models, scope, *chosen).params(scope.parameters(actor))


def visible_comments(actor: Actor, *columns: Any) -> Select[Any]:
    """Return a select of ``columns`` (default: the id) from the comments ``actor`` can see (A1)."""
    models, scope = current_tickets.models, scope_of(actor)
    chosen = columns or (models.TicketComment.__table__.c.id,)
    return select_comments(models, scope, *chosen).params(scope.parameters(actor))


def visible_events(actor: Actor, *columns: Any) -> Select[Any]:
    """Return a select of ``columns`` from the history of the tickets ``actor`` can see (A1)."""
    event = current_tickets.models.TicketEvent.__table__
    query = select(*columns).select_from(event)
    if scope_of(actor).is_own:
        query = query.where(event.c.ticket_id.in_(visible_tickets(actor)))
    return query


def visible_conditions(actor: Actor) -> list[ColumnElement[bool]]:
    """Return the conditions of `visible_tickets`, for a statement that selects otherwise."""
    ticket = current_tickets.models.Ticket.__table__.c
    return [ticket.user_id == actor.id] if scope_of(actor).is_own else []


def _in_scope(models: Models, scope: Scope) -> list[ColumnElement[bool]]:
    if not scope.is_own:
        return []
    column = models.Ticket.__table__.c.user_id
    return [column == bindparam("viewer_id", type_=column.type)]


def get_sides(actor: Actor, ticket: Any) -> frozenset[Side]:
    """Return the sides that ``actor`` has on ``ticket``: both for staff who own it (W5)."""
    owner = {Side.OWNER} if ticket.user_id == actor.id else _NO_SIDE
    staff = {Side.STAFF} if actor.is_staff else _NO_SIDE
    return frozenset({*owner, *staff})


def may_transition(action: Action, sides: frozenset[Side]) -> bool:
    """Whether one of ``sides`` may take ``action`` in some status (W2)."""
    return bool(TRANSITIONS[action].sides & sides)


def is_switched_on(action: Action) -> bool:
    """Whether the app allows ``action`` at all; only ``Reopen`` has a switch."""
    return action is not Action.Reopen or current_tickets.config.allow_reopen


def commenting_statuses(sides: frozenset[Side]) -> frozenset[TicketStatus]:
    """Return the statuses in which one of ``sides`` may comment (W4)."""
    return frozenset[TicketStatus]().union(*(COMMENT_STATUSES[side] for side in sides))


def allowed_actions(actor: Actor, ticket: Any) -> list[str]:
    """Return what ``actor`` may do to ``ticket`` now: ``Comment`` and names of `Action`."""
    return allowed_actions_of(actor)(ticket)


def allowed_actions_of(actor: Actor) -> Callable[[Any], list[str]]:
    """Return a function that computes `allowed_actions` for many tickets."""
    may_reopen = is_switched_on(Action.Reopen)
    return lambda ticket: list(
        _allowed(ticket.status, ticket.user_id == actor.id, actor.is_staff, may_reopen)
    )


@cache
def _allowed(status: int, is_owner: bool, is_staff: bool, may_reopen: bool) -> tuple[str, ...]:
    sides = frozenset(side for side, has in ((Side.OWNER, is_owner), (Side.STAFF, is_staff)) if has)
    comment = ("Comment",) if status in commenting_statuses(sides) else ()
    return comment + tuple(
        action.value
        for action, transition in TRANSITIONS.items()
        if transition.source == status
        and may_transition(action, sides)
        and (may_reopen or action is not Action.Reopen)
    )
