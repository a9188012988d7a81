"""Run a transition on a ticket. No other code sets a status (rule W1)."""

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
from ..access import get_sides, is_switched_on, may_transition
from ..read_models import TicketInfo
from ..staff import find_assignee
from .history import record_event
from .queries import get_ticket
from .update import Change, change_ticket


def transition_ticket(
    *,
    actor: Actor,
    ticket_id: int,
    action: Action,
    assigned_to_user_id: Any = None,
    precondition: Callable[[TicketInfo], bool] | None = None,
) -> TicketInfo:
    """Take ``action`` on a ticket and return it as it is afterwards.

    ``StartProgress`` assigns the given staff user, else the actor; ``Assign`` needs one; the
    other actions ignore ``assigned_to_user_id``. Of simultaneous calls exactly one succeeds.
    ``precondition`` tells of the ticket whether it is still what the caller means to move.

    Raises `NotFound` for a ticket the actor may not see, `NotAllowed` when the action is not
    theirs in any status (W2), `Invalid` for an assignee who is not an active staff user,
    `PreconditionFailed` (E2), and `InvalidTransition` in the wrong status (W3), both with the
    current status.
    """
    action = Action(action)
    transition = TRANSITIONS[action]
    ticket = get_ticket(actor=actor, ticket_id=ticket_id)
    if not may_transition(action, get_sides(actor, ticket)):
        raise NotAllowed
    now = utc_now()
    values = _values(transition, now)
    if transition.assigns:
        values["assigned_to_user_id"] = _assignee(actor, action, assigned_to_user_id)
    if precondition is not None and not precondition(ticket):
        raise PreconditionFailed(ticket.status)
    changed = change_ticket(
        ticket,
        Change(values),
        while_in={transition.source} if is_switched_on(action) else (),
        refusal=InvalidTransition,
        at=now,
        only_version=ticket.version if precondition is not None else None,
    )
    _record(actor, changed, action, transition)
    return get_ticket(actor=actor, ticket_id=ticket_id)


def _values(transition: Transition, at: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {"status": transition.target}
    return values | dict.fromkeys(transition.stamps, at) | dict.fromkeys(transition.clears)


def _assignee(actor: Actor, action: Action, user_id: UserId | None) -> UserId:
    if user_id is not None:
        return find_assignee(user_id)
    if action is Action.Assign:
        raise Invalid({"assignedToUserId": [gettext("Choose an assignee.")]})
    own_id: UserId = actor.id
    return own_id


def _record(actor: Actor, ticket: Any, action: Action, transition: Transition) -> None:
    at, assigned_to = ticket.updated_at, ticket.assigned_to_user_id
    record_event(
        action,
        actor=actor,
        ticket_id=ticket.id,
        from_status=transition.source,
        to_status=transition.target,
        assigned_to_user_id=assigned_to if transition.assigns else None,
        at=at,
    )
    payload = TicketStatusChanged(
        ticket.id,
        action.value,
        actor.id,
        int(transition.source),
        int(transition.target),
        assigned_to,
        at,
    )
    send_after_commit(ticket_status_changed, payload)
