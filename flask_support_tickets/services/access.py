"""Who may see and do what (rules A1, W2 to W5). Decided here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, true

from ..current import current_tickets
from ..models.status import COMMENT_STATUSES, TRANSITIONS, Action, Side, TicketStatus
from ..policy import Actor

_SIDES = {
    (is_owner, is_staff): frozenset(
        side for side, is_on in ((Side.OWNER, is_owner), (Side.STAFF, is_staff)) if is_on
    )
    for is_owner in (False, True)
    for is_staff in (False, True)
}


def limits_for(actor: Actor) -> dict[str, Any]:
    """Return which columns of the tickets that ``actor`` may see have which values (A1)."""
    return {} if actor.is_staff else {"user_id": actor.id}


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that limits a query to the tickets ``actor`` may see (A1)."""
    column = current_tickets.models.Ticket.__table__.c
    return and_(true(), *(column[name] == value for name, value in limits_for(actor).items()))


def can_see(actor: Actor, ticket: Any) -> bool:
    """Whether ``actor`` may see ``ticket``, a row with its ``user_id`` (A1)."""
    return all(getattr(ticket, name) == value for name, value in limits_for(actor).items())


def get_sides(actor: Actor, ticket: Any) -> frozenset[Side]:
    """Return how ``actor`` stands to ``ticket``; both ways for staff who own it (W5)."""
    return _SIDES[ticket.user_id == actor.id, actor.is_staff]


def may_transition(action: Action, sides: frozenset[Side]) -> bool:
    """Whether one of ``sides`` may take ``action`` in some status (W2)."""
    return bool(TRANSITIONS[action].sides & sides)


def is_switched_on(action: Action) -> bool:
    """Whether the app allows ``action`` at all; only ``Reopen`` has a switch."""
    return action not in _switched_off()


def _switched_off() -> frozenset[Action]:
    return frozenset() if current_tickets.config.allow_reopen else frozenset({Action.Reopen})


def commenting_statuses(sides: frozenset[Side]) -> frozenset[TicketStatus]:
    """Return the statuses in which one of ``sides`` may comment (W4)."""
    return frozenset[TicketStatus]().union(*(COMMENT_STATUSES[side] for side in sides))


def allowed_actions(actor: Actor, ticket: Any) -> list[str]:
    """Return what ``actor`` may do to ``ticket`` now: ``Comment`` and names of `Action`."""
    return allowed_actions_of(actor)(ticket)


def allowed_actions_of(actor: Actor) -> Callable[[Any], list[str]]:
    """Return a function that tells `allowed_actions` of many tickets."""
    off = _switched_off()
    return lambda ticket: list(_allowed(ticket.status, get_sides(actor, ticket), off))


@cache
def _allowed(status: int, sides: frozenset[Side], off: frozenset[Action]) -> tuple[str, ...]:
    comment = ("Comment",) if status in commenting_statuses(sides) else ()
    return comment + tuple(
        action.value
        for action, step in TRANSITIONS.items()
        if step.source == status and may_transition(action, sides) and action not in off
    )
