"""Transition a ticket from the queue or its page."""

from __future__ import annotations

from flask import flash, redirect, request, session
from flask.typing import ResponseReturnValue
from flask_admin import expose
from werkzeug.exceptions import Forbidden

from .. import services
from ..actor import Actor
from ..errors import Invalid, InvalidTransition, PreconditionFailed
from ..i18n import gettext
from ..models import Action
from ..models.user_key import parse_id
from ..services.access import allowed_actions
from ..services.read_models import TicketInfo
from ..services.tickets.queries import list_changes
from ..services.tickets.ticket_row import TicketRow
from ..transaction import unit_of_work
from ..web.action_results import transition_text
from ..web.event_text import event_text
from ..web.forms import INVALID_VERSION, ActionForm, has_invalid_version, parse_assignee
from .base_view import StaffView, is_unconfirmed_close

_UNDO_KEY = "support_tickets_undo"
#: The maximum number of changes in a message.
SUMMARY_MAX = 3


class TransitionsView(StaffView):
    @expose("/<ticket_id>/status", methods=["POST"])
    def status_view(self, ticket_id: str) -> ResponseReturnValue:
        """Run an action, flash the result, and redirect back to the page with the button."""
        actor, ticket = self.current_staff(), self.get_one(ticket_id)
        changed, name = None, request.form.get("action", "")
        if name in set(Action) and not self.is_row_action_allowed(name, ticket):
            raise Forbidden
        if not ActionForm().validate():
            flash(gettext("This page has expired. Please try again."), "error")
        elif has_invalid_version():
            flash(str(INVALID_VERSION), "error")
        elif is_unconfirmed_close(name) and name in allowed_actions(actor, ticket):
            return self.ask_to_close([ticket.id], self.url_to_return_to(ticket))
        else:
            changed = _transition(actor, ticket.info, name)
        if changed is None:
            return redirect(self.url_to_return_to(ticket), 303)
        [row] = TicketRow.all_of([changed])
        may_undo = Action.Reopen in self.allowed_actions_of(actor)(row)
        if name == Action.MarkAsResolved and may_undo:
            session[_UNDO_KEY] = ticket.id
        anchor = f"#ticket-{ticket.id}" if request.args.get("from") == "list" else ""
        return redirect(f"{self.url_to_return_to(ticket)}{anchor}", 303)


def _transition(actor: Actor, ticket: TicketInfo, name: str) -> TicketInfo | None:
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


def pop_undo() -> int | None:
    """Return and forget the ID of the ticket that this browser has just marked as resolved."""
    ticket_id: int | None = session.pop(_UNDO_KEY, None)
    return ticket_id
