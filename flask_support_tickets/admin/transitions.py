"""Transition a ticket from the queue or its page."""

from __future__ import annotations

from flask import flash, redirect, request, session
from flask.typing import ResponseReturnValue
from flask_admin import expose
from werkzeug.exceptions import Forbidden

from ..models import Action
from ..services.access import allowed_actions
from ..services.tickets.ticket_row import TicketRow
from ..web.action_results import refused_text
from ..web.confirmation import must_confirm, submitted_form
from ..web.forms import button_problem
from ..web.staff_transition import submit_transition
from .base_view import StaffView

_UNDO_KEY = "support_tickets_undo"


class TransitionsView(StaffView):
    @expose("/<ticket_id>/status", methods=["GET"])
    def status_back_view(self, ticket_id: str) -> ResponseReturnValue:
        """Ask about the action that a user submitted before signing in (W9)."""
        actor, ticket, form = self.current_staff(), self.get_one(ticket_id), submitted_form()
        back, name = self.url_to_return_to(ticket), form.get("action", "")
        user_id = form.get("assignedToUserId", "")
        if name not in set(Action) or (name == Action.Assign and not user_id):
            return redirect(back, 303)
        if name not in self.allowed_actions_of(actor)(ticket):
            flash(refused_text(ticket.info), "error")
            return redirect(back, 303)
        return self.ask_about(name, [ticket.id], back, user_id)

    @expose("/<ticket_id>/status", methods=["POST"])
    def status_view(self, ticket_id: str) -> ResponseReturnValue:
        """Run an action, flash the result, and redirect back to the page with the button."""
        actor, ticket = self.current_staff(), self.get_one(ticket_id)
        changed, name = None, request.form.get("action", "")
        if name in set(Action) and not self.is_row_action_allowed(name, ticket):
            raise Forbidden
        problem = button_problem()
        if problem is not None:
            flash(problem, "error")
        elif must_confirm(name) and name in allowed_actions(actor, ticket):
            return self.ask_about(name, [ticket.id], self.url_to_return_to(ticket))
        else:
            changed = submit_transition(actor, ticket.info, name)
        if changed is None:
            return redirect(self.url_to_return_to(ticket), 303)
        [row] = TicketRow.all_of([changed])
        may_undo = Action.Reopen in self.allowed_actions_of(actor)(row)
        if name == Action.MarkAsResolved and may_undo:
            session[_UNDO_KEY] = ticket.id
        anchor = f"#ticket-{ticket.id}" if request.args.get("from") == "list" else ""
        return redirect(f"{self.url_to_return_to(ticket)}{anchor}", 303)


def pop_undo() -> int | None:
    """Return and forget the ID of the ticket that this browser has just marked as resolved."""
    ticket_id: int | None = session.pop(_UNDO_KEY, None)
    return ticket_id
