"""Bulk actions: one unit of work and one result for each ticket (W6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask import abort, flash, redirect
from flask.typing import ResponseReturnValue
from flask_admin import expose
from werkzeug.wrappers import Response

from .. import services
from ..actor import Actor
from ..errors import Invalid, InvalidTransition
from ..i18n import gettext, lazy_gettext
from ..models import Action
from ..models.status import action_label
from ..models.user_key import parse_id
from ..services.tickets.ticket_row import TicketRow
from ..transaction import unit_of_work
from ..web.action_results import BulkResult, store_results, transition_or_skip
from ..web.bulk_edits import (
    ADD_TAG,
    BULK_EDITS,
    REMOVE_TAG,
    SET_PRIORITY,
    BulkEdit,
    edit_or_skip,
    parse_bulk_edit,
)
from ..web.confirmation import is_confirmed, must_confirm, submitted_form
from ..web.forms import is_refused, parse_assignee
from .base_view import StaffView

#: Our actions in the bulk form. The value of ``Assign`` ends with a colon and the assignee's ID.
BULK_ACTIONS = (Action.StartProgress, Action.MarkAsResolved, Action.Close, Action.Assign)

#: The maximum number of selected tickets. The results of more would not fit into a cookie.
SELECTED_MAX = 200
_INVALID_SELECTION = lazy_gettext("Your selection isn't valid. Select the tickets again.")


class BulkView(StaffView):
    """The queue's bulk actions: ours, and the host's, which it declares with ``@action``."""

    @expose("/bulk", methods=["GET"])
    def bulk_back_view(self) -> ResponseReturnValue:
        """Ask about the action that a user submitted before signing in (W9)."""
        self.require_permission("bulk")
        try:
            ids, (name, user_id) = self._selected_ids(), self._selected_action()
            edit = self._submitted_edit(name, user_id) if name in BULK_EDITS else None
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
            edit = self._submitted_edit(name, value)
            results = self._run_each(ids, "Edit", lambda number: edit_or_skip(actor, number, edit))
            store_results(edit.text, "", list(results))
            return None
        action, key = Action(name), parse_assignee(value) if value else None
        results = self._run_each(
            ids, action, lambda number: transition_or_skip(actor, number, action, key)
        )
        store_results("", value, list(results))
        return None

    def _submitted_edit(self, name: str, value: str) -> BulkEdit:
        return parse_bulk_edit(name, value, submitted_form().get("tag", ""))

    def _run_host_action(
        self, actor: Actor, ids: list[int], name: str
    ) -> ResponseReturnValue | None:
        """Call the host's method in one unit of work, with the tickets on which it is allowed."""
        rows, (method, text, _) = self.get_rows(ids), self._actions_data[name]
        results = [BulkResult(number, self._host_result(name, rows.get(number))) for number in ids]
        done = [each.ticket_id for each in results if each.kind == "done"]

        def change(tickets: list[Any]) -> Any:
            if any(self.is_forbidden(name, ticket.id) for ticket in tickets):  # now, not before
                raise Invalid({"ticketId": [str(_INVALID_SELECTION)]})
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
        ours = [(each, action_label(each)) for each in BULK_ACTIONS if each is not Action.Assign]
        tags = [(ADD_TAG, gettext("Add tag")), (REMOVE_TAG, gettext("Remove tag"))]
        allowed = [(name, text) for name, text in (*ours, *tags) if self.is_action_allowed(name)]
        return allowed + [(name, str(text)) for name, text in self.get_actions_list()[0]]

    def _selected_ids(self) -> list[int]:
        """Return the distinct IDs of the selected tickets, which must fit on one page."""
        sizes = (self.get_safe_page_size(None), *(self.page_size_options * self.can_set_page_size))
        ids = list(dict.fromkeys(map(parse_id, submitted_form().getlist("ticketId"))))
        if not ids:
            message = gettext("Select at least one ticket first. No tickets were changed.")
            raise Invalid({"ticketId": [message]})
        if None in ids or len(ids) > min(max(sizes), SELECTED_MAX):
            raise Invalid({"ticketId": [str(_INVALID_SELECTION)]})
        return [ticket_id for ticket_id in ids if ticket_id is not None]

    def _selected_action(self) -> tuple[str, str]:
        """Return the action's name and its value: the assignee's ID, or the priority."""
        name, _, value = submitted_form().get("step", "").partition(":")
        is_known = name in (*BULK_ACTIONS, *BULK_EDITS) or name in self._actions_data
        if not is_known or bool(value) is not (name in (Action.Assign, SET_PRIORITY)):
            message = gettext("Choose a bulk action first. No tickets were changed.")
            raise Invalid({"step": [message]})
        return (name, value) if self.is_action_allowed(name) else abort(403)

    def _run_each(
        self, ids: list[int], name: str, run: Callable[[int], BulkResult]
    ) -> Iterator[BulkResult]:
        """Change the tickets one by one. If the database is busy, skip the rest."""
        is_busy = False
        for number in ids:
            if is_busy:
                result = BulkResult(number, "busy")
            elif self.is_forbidden(name, number):
                result = BulkResult(number, "forbidden")
            else:
                result = run(number)
            is_busy = result.kind in ("busy", "unknown")
            yield result
