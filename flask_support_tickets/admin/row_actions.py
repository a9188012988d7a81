"""Run the host's row actions."""

from __future__ import annotations

from flask import flash, redirect
from flask.typing import ResponseReturnValue
from flask_admin import expose
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response

from .. import services
from ..errors import Invalid, InvalidTransition
from ..i18n import gettext
from ..transaction import unit_of_work
from ..web.forms import ActionForm
from .base_view import StaffView, is_confirmed
from .row_action import RowAction


class RowActionsView(StaffView):
    """The route for the host's row actions."""

    @expose("/<ticket_id>/action/<action_name>", methods=["GET"])
    def row_action_back_view(self, ticket_id: str, action_name: str) -> ResponseReturnValue:
        """Redirect to the ticket. If a POST requires signing in, the user returns here with GET."""
        return redirect(self.url_to_return_to(self.get_one(ticket_id)), 303)

    @expose("/<ticket_id>/action/<action_name>", methods=["POST"])
    def row_action_view(self, ticket_id: str, action_name: str) -> ResponseReturnValue:
        """Run a row action, flash its message, and redirect to the page with the button."""
        ticket = self.get_one(ticket_id)
        action = self.row_actions.get(action_name)
        if action is None:
            raise NotFound
        if not self.is_row_action_allowed(action.name, ticket):
            raise Forbidden
        back = self.url_to_return_to(ticket)
        if not ActionForm().validate():
            flash(gettext("This page has expired. Please try again."), "error")
        elif action.confirmation and not is_confirmed():
            return self.ask(str(action.confirmation), str(action.text), [ticket.id], back)
        else:
            response = self._run(action, ticket.id)
            if response is not None:
                return response
        return redirect(back, 303)

    def _run(self, action: RowAction, ticket_id: int) -> Response | None:
        """Run the action and flash its message, or return its response."""
        actor, method = self.current_staff(), getattr(self, action.method)
        try:
            message = unit_of_work(
                services.run_host_action,
                lambda tickets: method(tickets[0]),
                actor=actor,
                ticket_ids=[ticket_id],
                action=action.name,
            )
        except (Invalid, InvalidTransition) as error:
            flash(f"#{ticket_id}: {' '.join(error.sentences)}", "error")
            return None
        if isinstance(message, Response):
            return message
        done = gettext("%(ticket)s: %(action)s – done.")
        done %= {"ticket": f"#{ticket_id}", "action": action.text}
        flash(str(message) if message else done, "success")
        return None
