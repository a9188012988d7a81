"""Submit a staff member's transition of one ticket."""

from __future__ import annotations

from flask import flash, request

from .. import services
from ..actor import Actor
from ..errors import Invalid, InvalidTransition, PreconditionFailed
from ..i18n import gettext
from ..models import Action
from ..models.user_key import parse_id
from ..services.read_models import TicketInfo
from ..services.tickets.queries import list_changes
from ..transaction import unit_of_work
from .action_results import transition_text
from .event_text import event_text
from .forms import parse_assignee

#: The maximum number of changes in a message.
SUMMARY_MAX = 3


def submit_transition(actor: Actor, ticket: TicketInfo, name: str) -> TicketInfo | None:
    """Run the submitted action and return the changed ticket, or flash why nothing was changed.

    Nothing is changed if the ticket has changed since the submitted version (E3).
    """
    user_id = request.form.get("assignedToUserId", "")
    version = parse_id(request.form.get("version", ""))
    try:
        if name not in set(Action):
            raise Invalid({"action": [gettext("Unknown action.")]})
        action = Action(name)
        updated = unit_of_work(
            services.transition_ticket,
            actor=actor,
            ticket_id=ticket.id,
            action=action,
            assigned_to_user_id=parse_assignee(user_id) if user_id else None,
            precondition=(lambda current: current.version == version) if version else None,
        )
    except PreconditionFailed:
        ticket = services.get_ticket(actor=actor, ticket_id=ticket.id)
        changes = list_changes(actor=actor, ticket=ticket, version=version, limit=SUMMARY_MAX)
        message = gettext(
            "Nothing was saved because this ticket changed after you loaded "
            "the page. Check what's new and try again."
        )
        flash(f"{message} {' · '.join(map(event_text, changes))}", "error")
        return None
    except (InvalidTransition, Invalid) as error:
        flash(f"#{ticket.id}: {' '.join(error.sentences)}", "error")
        return None
    flash(transition_text(actor, updated, action), "success")
    return updated
