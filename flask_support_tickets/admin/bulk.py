"""Bulk actions: one unit of work and one result for each ticket (W6)."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect
from flask.typing import ResponseReturnValue
from flask_admin import expose
from werkzeug.wrappers import Response

from .. import services
from ..actor import Actor
from ..errors import Invalid, InvalidTransition
from ..models import Action
from ..services.tickets.ticket_row import TicketRow
from ..transaction import unit_of_work
from ..web.action_results import BulkResult, run_each, store_results, transition_or_skip
from ..web.bulk_edits import BULK_EDITS, edit_or_skip
from ..web.bulk_form import (
    INVALID_SELECTION,
    our_choices,
    selected_action,
    selected_ids,
    submitted_edit,
)
from ..web.confirmation import is_confirmed, must_confirm
from ..web.forms import is_refused, parse_assignee
from .base_view import StaffView


class BulkView(StaffView):
    """The queue's bulk actions: ours, and the host's, which it declares with ``@action``."""

    @expose("/bulk", methods=["GET"])
    def bulk_back_view(self) -> ResponseReturnValue:
        """Ask about the action that a user submitted before signing in (W9)."""
        self.require_permission("bulk")
        try:
            ids, (name, user_id) = self._selected_ids(), self._selected_action()
            edit = submitted_edit(name, user_id) if name in BULK_EDITS else None
        except Invalid:
            return redirect(self.queue_url, 303)
        if edit is not None:
            return self.ask(f"{edit.text}?", edit.text, ids, self.queue_url)
        if name not in self._actions_data:
            return self.ask_about(name, ids, self.queue_url, user_id)
        _, text, question = self._actions_data[name]
        return self.ask(str(question or f"{text}?"), str(text), ids, self.queue_url)

    @expose("/bulk", methods=["POST"])
    def bulk_view(self) -> ResponseReturnValue:
        """Run an action on each selected ticket. The queue then shows the results once."""
        actor, response = self.require_permission("bulk"), None
        if not is_refused():
            try:
                ids, action = self._selected_ids(), self._selected_action()
                response = self._run_bulk_action(actor, ids, *action)
            except (Invalid, InvalidTransition) as error:
                flash(" ".join(error.sentences), "error")
        return response or redirect(self.queue_url, 303)

    def _run_bulk_action(
        self, actor: Actor, ids: list[int], name: str, value: str
    ) -> ResponseReturnValue | None:
        """Run the action, or return the page that asks first or the response of the host."""
        if name in self._actions_data:
            _, text, question = self._actions_data[name]
            if question and not is_confirmed():
                return self.ask(str(question), str(text), ids, self.queue_url)
            return self._run_host_action(actor, ids, name)
        if must_confirm(name):
            return self.ask_about(name, ids, self.queue_url)
        if name in BULK_EDITS:
            edit = submitted_edit(name, value)
            results = run_each(
                ids,
                lambda number: edit_or_skip(actor, number, edit),
                lambda number: self.is_forbidden("Edit", number),
            )
            store_results(edit.text, "", results)
            return None
        action, key = Action(name), parse_assignee(value) if value else None
        results = run_each(
            ids,
            lambda number: transition_or_skip(actor, number, action, key),
            lambda number: self.is_forbidden(action, number),
        )
        store_results("", value, results)
        return None

    def _run_host_action(
        self, actor: Actor, ids: list[int], name: str
    ) -> ResponseReturnValue | None:
        """Call the host's method in one unit of work, with the tickets on which it is allowed."""
        rows, (method, text, _) = self.get_rows(ids), self._actions_data[name]
        results = [BulkResult(number, self._host_result(name, rows.get(number))) for number in ids]
        done = [each.ticket_id for each in results if each.kind == "done"]

        def change(tickets: list[Any]) -> Any:
            if any(self.is_forbidden(name, ticket.id) for ticket in tickets):  # now, not before
                raise Invalid({"ticketId": [str(INVALID_SELECTION)]})
            return method([str(ticket.id) for ticket in tickets])

        answer: Any = None
        if done:
            answer = unit_of_work(
                services.run_host_action, change, actor=actor, ticket_ids=done, action=name
            )
        if isinstance(answer, Response):
            return answer
        if answer is not None:
            flash(str(answer), "success")
        store_results(str(text), "", results)
        return None

    def _host_result(self, name: str, row: TicketRow | None) -> str:
        if row is None:
            return "gone"
        return "done" if self.is_row_action_allowed(name, row) else "forbidden"

    def bulk_choices(self, actor: Actor) -> list[tuple[str, str]]:
        """Return the names and labels of the actions in the bulk form, without ``Assign``."""
        if "bulk" not in actor.permissions:
            return []
        ours = [(name, text) for name, text in our_choices() if self.is_action_allowed(name)]
        return ours + [(name, str(text)) for name, text in self.get_actions_list()[0]]

    def _selected_ids(self) -> list[int]:
        sizes = (self.get_safe_page_size(None), *(self.page_size_options * self.can_set_page_size))
        return selected_ids(max(sizes))

    def _selected_action(self) -> tuple[str, str]:
        name, value = selected_action(self._actions_data)
        return (name, value) if self.is_action_allowed(name) else abort(403)
