"""Who may see and do what (rules A1, W2 to W5). Decided here and nowhere else."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, true

from ..current import current_tickets
from ..models.status import COMMENTING, STEPS, Action, Side, TicketStatus
from ..policy import Actor


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that limits a query to the tickets ``actor`` may see (A1)."""
    if actor.is_staff:
        return true()
    condition: ColumnElement[bool] = current_tickets.models.Ticket.user_id == actor.id
    return condition


def may_see(actor: Actor, ticket: Any) -> bool:
    """Whether ``actor`` may see ``ticket``, a row with its ``user_id`` (A1)."""
    return actor.is_staff or ticket.user_id == actor.id


def sides_of(actor: Actor, ticket: Any) -> frozenset[Side]:
    """Return how ``actor`` stands to ``ticket``; both ways for staff who own it (W5)."""
    sides = set()
    if ticket.user_id == actor.id:
        sides.add(Side.OWNER)
    if actor.is_staff:
        sides.add(Side.STAFF)
    return frozenset(sides)


def may_take(action: Action, sides: frozenset[Side]) -> bool:
    """Whether one of ``sides`` may take ``action`` in some status (W2)."""
    return bool(STEPS[action].sides & sides)


def is_switched_on(action: Action) -> bool:
    """Whether the app allows ``action`` at all; only ``Reopen`` has a switch."""
    return action is not Action.Reopen or current_tickets.config.allow_reopen


def commenting_statuses(sides: frozenset[Side]) -> frozenset[TicketStatus]:
    """Return the statuses in which one of ``sides`` may comment (W4)."""
    return frozenset[TicketStatus]().union(*(COMMENTING[side] for side in sides))


def allowed_actions(actor: Actor, ticket: Any) -> list[str]:
    """Return what ``actor`` may do to ``ticket`` now: ``Comment`` and names of `Action`."""
    sides = sides_of(actor, ticket)
    comment = ["Comment"] if ticket.status in commenting_statuses(sides) else []
    return comment + [
        action.value
        for action, step in STEPS.items()
        if step.source == ticket.status and may_take(action, sides) and is_switched_on(action)
    ]
