"""Run the row actions that the host declares with `row_action`."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect
from flask.typing import ResponseReturnValue
from flask_admin import expose
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response

from .. import services
from ..errors import Invalid, InvalidTransition
from ..transaction import unit_of_work
from ..web.action_results import bulk_result_text
from ..web.confirmation import is_confirmed
from ..web.forms import button_problem
from ..web.row_action import RowAction, row_actions_of
from .base_view import StaffView


class RowActionsView(StaffView):
    """The part of the view that runs the host's row actions."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.row_actions = row_actions_of(type(self))
        super().__init__(*args, **kwargs)

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
        ticket = self.get_one(ticket_id)
        action = self.row_actions.get(action_name)
        if action is None:
            raise NotFound
        if not self.is_row_action_allowed(action.name, ticket):
            raise Forbidden
        problem = button_problem()
        if problem is not None:
            flash(problem, "error")
        elif action.confirmation and not is_confirmed():
            back = self.url_to_return_to(ticket)
            return self.ask(str(action.confirmation), str(action.text), [ticket.id], back)
        else:
            response = self._run(action, ticket.id)
            if response is not None:
                return response
        return redirect(self.url_to_return_to(ticket), 303)

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
