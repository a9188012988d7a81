"""Write: move a ticket along the table of steps. No other code sets a status (rule W1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ...errors import Invalid, InvalidTransition, NotAllowed, PreconditionFailed
from ...i18n import gettext
from ...models import Action, utc_now
from ...models.status import TRANSITIONS, Step
from ...policy import Actor
from ...signals import TicketStatusChanged, ticket_status_changed
from ...transaction import send_after_commit
from ..access import get_sides, is_switched_on, may_transition
from ..read_models import Shown, show_one
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
    precondition: Callable[[Any], bool] | None = None,
) -> Any:
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
    step = TRANSITIONS[action]
    ticket = get_ticket(actor=actor, ticket_id=ticket_id)
    if not may_transition(action, get_sides(actor, ticket)):
        raise NotAllowed
    now = utc_now()
    values = _values(step, now)
    if step.assigns:
        values["assigned_to_user_id"] = _assignee(actor, action, assigned_to_user_id)
    if precondition is not None and not precondition(ticket):
        raise PreconditionFailed(ticket.status)
    change_ticket(
        ticket,
        Change(values),
        while_in={step.source} if is_switched_on(action) else (),
        refusal=InvalidTransition,
        at=now,
        only_version=ticket.version if precondition is not None else None,
    )
    _tell(actor, ticket, action, step)
    return ticket


def transition_and_show(*, actor: Actor, ticket_id: int, action: Action, **arguments: Any) -> Shown:
    """Do `transition_ticket`, and return the ticket as it is shown.

    What is told of a step is read before its commit: afterwards a statement might fail (U2).
    """
    ticket = transition_ticket(actor=actor, ticket_id=ticket_id, action=action, **arguments)
    return show_one(ticket, actor)


def _values(step: Step, at: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {"status": step.target}
    return values | dict.fromkeys(step.stamps, at) | dict.fromkeys(step.clears)


def _assignee(actor: Actor, action: Action, user_id: Any) -> Any:
    if user_id is not None:
        return find_assignee(user_id)
    if action is Action.Assign:
        raise Invalid({"assignedToUserId": [gettext("Choose who shall work on the ticket.")]})
    return actor.id


def _tell(actor: Actor, ticket: Any, action: Action, step: Step) -> None:
    at, assigned_to = ticket.updated_at, ticket.assigned_to_user_id
    record_event(
        action,
        actor=actor,
        ticket_id=ticket.id,
        from_status=step.source,
        to_status=step.target,
        assigned_to_user_id=assigned_to if step.assigns else None,
        at=at,
    )
    payload = TicketStatusChanged(
        ticket.id, action.value, actor.id, int(step.source), int(step.target), assigned_to, at
    )
    send_after_commit(ticket_status_changed, payload)
