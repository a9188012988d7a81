"""Transition a ticket. No other code changes a ticket's status (rule W1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ...actor import Actor
from ...errors import Invalid, InvalidTransition, NotAllowed, PreconditionFailed
from ...i18n import gettext
from ...models import Action, utc_now
from ...models.status import TRANSITIONS, Transition
from ...models.user_key import UserId
from ...signals import TicketStatusChanged, ticket_status_changed
from ...transaction import send_after_commit
from ..access import get_sides, is_enabled, may_transition, require_id, without_limits
from ..assignees import find_assignee
from ..read_models import TicketInfo
from .conditional_update import Change, change_ticket
from .history import record_event
from .queries import get_ticket


def transition_ticket(
    *,
    actor: Actor,
    ticket_id: int,
    action: Action,
    assigned_to_user_id: Any = None,
    precondition: Callable[[TicketInfo], bool] | None = None,
) -> TicketInfo:
    """Take ``action`` on a ticket and return the changed ticket.

    ``StartProgress`` assigns ``assigned_to_user_id``, which defaults to the actor. ``Assign``
    requires it. Other actions ignore it. Exactly one of several concurrent calls succeeds.

    Raises `NotFound` if the actor cannot see the ticket, `NotAllowed` if the actor may not take the
    action in any status (W2), and `Invalid` if the assignee is not an active staff member. Two
    errors contain the current status: `PreconditionFailed` if ``precondition`` returns False for
    the ticket (E2), and `InvalidTransition` if its status does not allow the action (W3).
    """
    require_id(actor)
    action, now = Action(action), utc_now()
    transition = TRANSITIONS[action]
    ticket = get_ticket(actor=actor, ticket_id=ticket_id)
    if not may_transition(action, get_sides(actor, ticket)):
        raise NotAllowed
    values = _values(transition, now)
    if transition.assigns:
        values["assigned_to_user_id"] = _assignee(actor, action, assigned_to_user_id)
    if precondition is not None and not precondition(ticket):
        raise PreconditionFailed(ticket.status)
    changed = change_ticket(
        ticket,
        Change(values),
        actor=actor,
        while_in=transition.sources if is_enabled(action) else (),
        refusal=InvalidTransition,
        at=now,
        only_version=ticket.version if precondition is not None else None,
    )
    _record(actor, changed, action, transition)
    return get_ticket(actor=without_limits(actor), ticket_id=ticket_id)


def _values(transition: Transition, at: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {} if transition.target is None else {"status": transition.target}
    return values | dict.fromkeys(transition.stamps, at) | dict.fromkeys(transition.clears)


def _assignee(actor: Actor, action: Action, user_id: UserId | None) -> UserId:
    assigns_others = action is Action.Assign or user_id not in (None, actor.id)
    if assigns_others and "assign" not in actor.permissions:
        raise NotAllowed
    if user_id is not None:
        return find_assignee(user_id)
    if action is Action.Assign:
        raise Invalid({"assignedToUserId": [gettext("Choose an assignee.")]})
    own_id: UserId = actor.id
    return own_id


def _record(actor: Actor, ticket: Any, action: Action, transition: Transition) -> None:
    at, assigned_to = ticket.updated_at, ticket.assigned_to_user_id
    from_status = ticket.status if transition.target is None else transition.sources[0]
    event = record_event(
        action,
        actor=actor,
        ticket=ticket,
        from_status=from_status,
        assigned_to_user_id=assigned_to if transition.assigns else None,
        at=at,
    )
    statuses = int(from_status), ticket.status
    changed = action.value, actor.id, *statuses, assigned_to
    payload = TicketStatusChanged(ticket.id, *changed, at, event.id)
    send_after_commit(ticket_status_changed, payload)
