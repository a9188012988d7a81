"""Bulk actions: one unit of work and one result for each ticket (W6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flask import flash, redirect, request, session
from flask.typing import ResponseReturnValue
from flask_admin import expose

from .. import services
from ..actor import Actor
from ..current import current_tickets
from ..errors import Invalid, InvalidTransition, NotFound, PreconditionFailed, Unavailable
from ..i18n import gettext
from ..models import Action
from ..models.status import TRANSITIONS
from ..models.user_key import parse_id
from ..transaction import unit_of_work
from ..web.forms import ActionForm
from ..web.list_query import list_arguments
from .base_view import StaffView, is_unconfirmed_close, require_permission
from .transitions import bulk_result_text, parse_assignee

#: The actions in the bulk form. The value of ``Assign`` ends with a colon and the assignee's ID.
BULK_ACTIONS = (Action.StartProgress, Action.MarkAsResolved, Action.Close, Action.Assign)
_SESSION_KEY = "support_tickets_bulk"


class BulkResult(NamedTuple):
    """The result of a bulk action for one ticket.

    ``kind`` is ``done``, ``already`` (nothing to do), ``refused`` (not allowed in this status),
    ``changed`` (by someone else), ``gone``, ``nobody`` (the assignee is not a staff member),
    ``busy`` or ``unknown``.
    """

    ticket_id: int
    kind: str
    #: The ticket's current status, if known.
    status: int | None = None


class BulkView(StaffView):
    """The queue's bulk actions."""

    @expose("/bulk", methods=["GET"])
    def bulk_back_view(self) -> ResponseReturnValue:
        """Redirect to the queue. If a POST requires signing in, the user returns here with GET."""
        return redirect(self.get_url(".index_view", **list_arguments()), 303)

    @expose("/bulk", methods=["POST"])
    def bulk_view(self) -> ResponseReturnValue:
        """Run an action on each selected ticket. The queue then shows the results once."""
        actor = require_permission("bulk")
        if not ActionForm().validate():
            flash(gettext("This page has expired. Please try again."), "error")
        else:
            try:
                ids, (action, user_id) = _selected_ids(), _selected_action()
                if is_unconfirmed_close(action):
                    return self.ask_to_close(ids, self.get_url(".index_view", **list_arguments()))
                key = parse_assignee(user_id) if user_id else None
                session[_SESSION_KEY] = [user_id, list(_transition_all(actor, ids, action, key))]
            except Invalid as error:
                flash(" ".join(error.sentences), "error")
        return redirect(self.get_url(".index_view", **list_arguments()), 303)


def _selected_ids() -> list[int]:
    """Return the distinct IDs of the selected tickets, which must fit on one page."""
    ids = list(dict.fromkeys(map(parse_id, request.form.getlist("ticketId"))))
    if not ids:
        message = gettext("Select at least one ticket first. No tickets were changed.")
        raise Invalid({"ticketId": [message]})
    if None in ids or len(ids) > current_tickets.config.page_size:
        message = gettext("Your selection isn't valid. Select the tickets again.")
        raise Invalid({"ticketId": [message]})
    return [ticket_id for ticket_id in ids if ticket_id is not None]


def _selected_action() -> tuple[Action, str]:
    name, _, user_id = request.form.get("step", "").partition(":")
    if name not in BULK_ACTIONS or bool(user_id) is not (name == Action.Assign):
        message = gettext("Choose a bulk action first. No tickets were changed.")
        raise Invalid({"step": [message]})
    return Action(name), user_id


def _transition_all(actor: Actor, ids: list[int], action: Action, key: Any) -> Iterator[BulkResult]:
    """Transition the tickets one by one. If the database is busy, skip the rest."""
    is_busy = False
    for number in ids:
        result = BulkResult(number, "busy") if is_busy else _transition(actor, number, action, key)
        is_busy = result.kind in ("busy", "unknown")
        yield result


def _transition(actor: Actor, ticket_id: int, action: Action, key: Any) -> BulkResult:
    assignees: list[Any] = []

    def has_other_assignee(ticket: Any) -> bool:
        assignees.append(ticket.assigned_to_user_id)
        return bool(assignees[-1] != key)

    try:
        ticket = unit_of_work(
            services.transition_ticket,
            actor=actor,
            ticket_id=ticket_id,
            action=action,
            assigned_to_user_id=key,
            precondition=has_other_assignee if action is Action.Assign else None,
        )
    except PreconditionFailed as error:
        kind = "already" if key in assignees else "changed"
        return BulkResult(ticket_id, kind, error.status)
    except InvalidTransition as error:
        is_done = error.status == TRANSITIONS[action].target and action is not Action.Assign
        return BulkResult(ticket_id, "already" if is_done else "refused", error.status)
    except NotFound:
        return BulkResult(ticket_id, "gone")
    except Invalid:
        return BulkResult(ticket_id, "nobody")
    except Unavailable as error:
        return BulkResult(ticket_id, "unknown" if error.may_be_stored else "busy")
    return BulkResult(ticket_id, "done", ticket.status)


def pop_results(names: Mapping[Any, str]) -> dict[str, Any] | None:
    """Return and forget the results of the last bulk action. ``names`` maps user keys to names."""
    stored = session.pop(_SESSION_KEY, None)
    if stored is None:
        return None
    user_id, results = stored[0], [BulkResult(*each) for each in stored[1]]
    key = current_tickets.models.user_key.from_text(user_id) if user_id else None
    assignee = names.get(key, gettext("someone else")) if user_id else None
    return {
        "done_count": sum(each.kind == "done" for each in results),
        "lines": [(each, bulk_result_text(*each, assignee)) for each in results],
    }
