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
from .base_view import StaffView, current_staff
from .transitions import assignee_named, bulk_result_text

#: The steps of a bulk form; ``Assign`` carries whom to after a colon.
BULK_STEPS = (Action.StartProgress, Action.MarkAsResolved, Action.Close, Action.Assign)
_SESSION_KEY = "support_tickets_bulk"


class BulkResult(NamedTuple):
    """What became of one ticket: ``done``, ``already`` so, ``refused`` by its status, ``changed``
    in the meantime, ``gone``, ``nobody`` (no such assignee), ``busy``, or ``unknown``.
    """

    ticket_id: int
    kind: str
    #: Where it stands, as far as that is known.
    status: int | None = None


class BulkView(StaffView):
    """What the form below the checkboxes posts to."""

    @expose("/bulk", methods=["GET"])
    def bulk_back_view(self) -> ResponseReturnValue:
        """Where a sign-in in the middle of it comes back to."""
        return redirect(self.get_url(".index_view", **list_arguments()), 303)

    @expose("/bulk", methods=["POST"])
    def bulk_view(self) -> ResponseReturnValue:
        """Take a step on each of the chosen tickets; the queue tells the results once."""
        actor = current_staff()
        if not ActionForm().validate():
            flash(gettext("This page has expired. Please try again."), "error")
        else:
            try:
                ids, (action, given) = _chosen_ids(), _chosen_step()
                key = assignee_named(given) if given else None
                session[_SESSION_KEY] = [given, list(_move_each(actor, ids, action, key))]
            except Invalid as error:
                flash(" ".join(error.sentences), "error")
        return redirect(self.get_url(".index_view", **list_arguments()), 303)


def _chosen_ids() -> list[int]:
    """Return the tickets that were ticked, each once; as many as a page has at most."""
    given = request.form.getlist("ticketId")
    if not given:
        message = gettext("Select at least one ticket first. No tickets were changed.")
        raise Invalid({"ticketId": [message]})
    ids = list(dict.fromkeys(map(parse_id, given)))
    if None in ids or len(ids) > current_tickets.config.page_size:
        message = gettext("Your selection isn't valid. Select the tickets again.")
        raise Invalid({"ticketId": [message]})
    return [ticket_id for ticket_id in ids if ticket_id is not None]


def _chosen_step() -> tuple[Action, str]:
    name, _, given = request.form.get("step", "").partition(":")
    if name not in BULK_STEPS or bool(given) is not (name == Action.Assign):
        message = gettext("Choose a bulk action first. No tickets were changed.")
        raise Invalid({"step": [message]})
    return Action(name), given


def _move_each(actor: Actor, ids: list[int], action: Action, key: Any) -> Iterator[BulkResult]:
    """Move one after the other; when the database is busy, the rest is not tried."""
    is_busy = False
    for ticket_id in ids:
        result = BulkResult(ticket_id, "busy") if is_busy else _move(actor, ticket_id, action, key)
        is_busy = result.kind in ("busy", "unknown")
        yield result


def _move(actor: Actor, ticket_id: int, action: Action, key: Any) -> BulkResult:
    """Take the step on one ticket; the same step again is told as ``already`` taken."""
    assignees: list[Any] = []

    def is_assigned_anew(ticket: Any) -> bool:
        assignees.append(ticket.assigned_to_user_id)
        return bool(assignees[-1] != key)

    try:
        ticket = unit_of_work(
            services.transition_ticket,
            actor=actor,
            ticket_id=ticket_id,
            action=action,
            assigned_to_user_id=key,
            precondition=is_assigned_anew if action is Action.Assign else None,
        )
    except PreconditionFailed as error:
        kind = "already" if key in assignees else "changed"
        return BulkResult(ticket_id, kind, error.status)
    except InvalidTransition as error:
        is_there = error.status == TRANSITIONS[action].target and action is not Action.Assign
        return BulkResult(ticket_id, "already" if is_there else "refused", error.status)
    except NotFound:
        return BulkResult(ticket_id, "gone")
    except Invalid:
        return BulkResult(ticket_id, "nobody")
    except Unavailable as error:
        return BulkResult(ticket_id, "unknown" if error.may_be_stored else "busy")
    return BulkResult(ticket_id, "done", ticket.status)


def pop_results(names: Mapping[Any, str]) -> dict[str, Any] | None:
    """Return the results of the last bulk action, once; ``names`` are those of the assignees."""
    found = session.pop(_SESSION_KEY, None)
    if found is None:
        return None
    given, results = found[0], [BulkResult(*each) for each in found[1]]
    key = current_tickets.models.user_key.from_text(given) if given else None
    assignee = names.get(key, gettext("someone else")) if given else None
    return {
        "done_count": sum(each.kind == "done" for each in results),
        "lines": [(each, bulk_result_text(*each, assignee)) for each in results],
    }
