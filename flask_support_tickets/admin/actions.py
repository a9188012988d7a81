"""Actions on a ticket, from the queue or its page: transitions, and the host's row actions."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response

from .. import services
from ..errors import Invalid, InvalidTransition
from ..models import Action
from ..services.access import allowed_actions
from ..services.tickets.ticket_row import TicketRow
from ..transaction import unit_of_work
from ..web.action_results import bulk_result_text, refused_text, store_undo
from ..web.confirmation import is_confirmed, must_confirm, submitted_form
from ..web.forms import is_refused
from ..web.row_action import RowAction
from ..web.staff_transition import submit_transition
from .base_view import StaffView


class ActionsView(StaffView):
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
        if not is_refused():
            if must_confirm(name) and name in allowed_actions(actor, ticket):
                return self.ask_about(name, [ticket.id], self.url_to_return_to(ticket))
            changed = submit_transition(actor, ticket.info, name)
        if changed is None:
            return redirect(self.url_to_return_to(ticket), 303)
        [row] = TicketRow.all_of([changed])
        may_undo = Action.Reopen in self.allowed_actions_of(actor)(row)
        if name == Action.MarkAsResolved and may_undo:
            store_undo(ticket.id)
        anchor = f"#ticket-{ticket.id}" if request.args.get("from") == "list" else ""
        return redirect(f"{self.url_to_return_to(ticket)}{anchor}", 303)

    @expose("/<ticket_id>/action/<action_name>", methods=["GET"])
    def row_action_back_view(self, ticket_id: str, action_name: str) -> ResponseReturnValue:
        """Ask about the action that a user submitted before signing in (W9)."""
        ticket, action = self.get_one(ticket_id), self.row_actions.get(action_name)
        back = self.url_to_return_to(ticket)
        if action is None or not self.is_row_action_allowed(action.name, ticket):
            return redirect(back, 303)
        question = action.confirmation or f"{action.text}: #{ticket.id}?"
        return self.ask(str(question), str(action.text), [ticket.id], back)

    @expose("/<ticket_id>/action/<action_name>", methods=["POST"])
    def row_action_view(self, ticket_id: str, action_name: str) -> ResponseReturnValue:
        """Run a row action, flash its message, and redirect to the page with the button."""
        ticket, action = self.get_one(ticket_id), self.row_actions.get(action_name)
        if action is None:
            raise NotFound
        if not self.is_row_action_allowed(action.name, ticket):
            raise Forbidden
        response = None
        if not is_refused():
            if action.confirmation and not is_confirmed():
                back = self.url_to_return_to(ticket)
                return self.ask(str(action.confirmation), str(action.text), [ticket.id], back)
            response = self._run(action, ticket.id)
        return response or redirect(self.url_to_return_to(ticket), 303)

    def _run(self, action: RowAction, ticket_id: int) -> Response | None:
        """Run the action and flash its message, or return its response."""

        def change(tickets: list[Any]) -> Any:
            if self.is_forbidden(action.name, ticket_id):  # now that no one else can change it
                raise Forbidden
            return getattr(self, action.method)(tickets[0])

        actor, name = self.current_staff(), action.name
        try:
            message = unit_of_work(
                services.run_host_action, change, actor=actor, ticket_ids=[ticket_id], action=name
            )
        except (Invalid, InvalidTransition) as error:
            flash(f"#{ticket_id}: {' '.join(error.sentences)}", "error")
            return None
        if isinstance(message, Response):
            return message
        done = bulk_result_text(ticket_id, "done", None, None, str(action.text))
        flash(str(message) if message else done, "success")
        return None
