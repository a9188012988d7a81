"""Row actions: run a transition on one ticket from the queue or the detail page."""

from __future__ import annotations

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from .. import services
from ..actor import Actor
from ..current import current_tickets
from ..errors import Invalid, InvalidTransition, PreconditionFailed
from ..i18n import gettext
from ..models import Action, TicketStatus
from ..models.status import status_label
from ..models.user_key import UserId, parse_id
from ..services.read_models import EventInfo, TicketInfo
from ..transaction import unit_of_work
from ..web.forms import ActionForm
from ..web.list_query import list_arguments
from ..web.thread_page import get_page_ticket
from .base_view import StaffView, current_staff
from .event_text import event_text
from .queue_position import carried_arguments

#: The most changes that are told; an older page has missed more.
CHANGES_MAX = 20
#: The most that are told in one line.
TOLD_MAX = 3


class StepsView(StaffView):
    """What the buttons post to."""

    @expose("/<ticket_id>/status", methods=["POST"])
    def status_view(self, ticket_id: str) -> ResponseReturnValue:
        """Take a step and go back to where the button was; a flash tells what happened."""
        actor = current_staff()
        ticket = get_page_ticket(actor, ticket_id)
        is_done = False
        if ActionForm().validate():
            is_done = _move(actor, ticket)
        else:
            flash(gettext("This page has expired. Please try again."), "error")
        if request.args.get("from") == "list":
            row = f"ticket-{ticket.id}" if is_done else None
            return redirect(self.get_url(".index_view", _anchor=row, **list_arguments()), 303)
        place = carried_arguments()
        return redirect(self.get_url(".details_view", ticket_id=ticket_id, **place), 303)


def _move(actor: Actor, ticket: TicketInfo) -> bool:
    """Take the step that the form names; with a ``version``, on the ticket as it was seen (E3)."""
    given = request.form.get("assignedToUserId", "")
    known = parse_id(request.form.get("version", ""))
    given_action = request.form.get("action", "")
    try:
        if given_action not in set(Action):
            raise Invalid({"action": [gettext("Unknown action.")]})
        action = Action(given_action)
        moved = unit_of_work(
            services.transition_ticket,
            actor=actor,
            ticket_id=ticket.id,
            action=action,
            assigned_to_user_id=assignee_named(given) if given else None,
            precondition=(lambda now: now.version == known) if known else None,
        )
    except PreconditionFailed:
        ticket = services.get_ticket(actor=actor, ticket_id=ticket.id)
        changes = changes_since(actor, ticket, known, limit=TOLD_MAX)
        sentence = gettext(
            "Nothing was saved because this ticket changed after you loaded "
            "the page. Check what's new and try again."
        )
        flash(f"{sentence} {' · '.join(map(event_text, changes))}", "error")
        return False
    except (InvalidTransition, Invalid) as error:
        flash(f"#{ticket.id}: {' '.join(error.sentences)}", "error")
        return False
    flash(_what_was_done(actor, moved, action), "success")
    return True


def _what_was_done(actor: Actor, ticket: TicketInfo, action: Action) -> str:
    said = []
    if action is not Action.Assign:
        moved = gettext("Ticket #%(id)s is now “%(status)s”.")
        said.append(moved % {"id": ticket.id, "status": status_label(ticket.status)})
    if action is Action.Assign or (
        action is Action.StartProgress and ticket.assigned_to_user_id != actor.id
    ):
        said.append(bulk_result_text(ticket.id, "done", ticket.status, ticket.assigned_to_name))
    return " ".join(said)


def assignee_named(given: str) -> UserId:
    """Return the key of the user whom a form names. Raises `Invalid` for what cannot be one."""
    key = current_tickets.models.user_key.from_text(given)
    if key is None:
        raise Invalid({"assignedToUserId": [gettext("Choose a staff member.")]})
    return key


def changes_since(
    actor: Actor, ticket: TicketInfo, version: int | None, *, limit: int = CHANGES_MAX
) -> list[EventInfo]:
    """Return at most ``limit`` events since ``ticket`` had ``version``, the latest first."""
    count = min(ticket.version - version, limit) if version else 0  # one event a version (H1)
    if count <= 0:
        return []
    return services.list_history(actor=actor, ticket=ticket, limit=count)[::-1]


def bulk_result_text(ticket_id: int, kind: str, status: int | None, assignee: str | None) -> str:
    """Return the sentence for one ticket; ``assignee`` is the new assignee, if there is one."""
    if assignee is not None and kind in ("done", "already"):
        sentence = {
            "done": gettext("%(ticket)s is now assigned to %(name)s."),
            "already": gettext("%(ticket)s skipped: already assigned to %(name)s."),
        }[kind]
    elif status is not None and kind in ("already", "refused"):
        sentence = _skipped_text(TicketStatus(status), is_target=kind == "already")
    else:
        sentence = {
            "done": gettext("%(ticket)s is now “%(status)s”."),
            "changed": gettext(
                "%(ticket)s skipped: someone just changed it. Check it and try again."
            ),
            "nobody": gettext("%(ticket)s skipped: the assignee must be a staff member."),
            "gone": gettext("%(ticket)s skipped: ticket not found."),
            "busy": gettext("%(ticket)s skipped: the service is busy. Please try again."),
            "unknown": gettext(
                "%(ticket)s: the connection was lost. Please check whether it was updated."
            ),
        }[kind]
    return sentence % {
        "ticket": f"#{ticket_id}",
        "status": "" if status is None else status_label(status),
        "name": assignee,
    }


def _skipped_text(status: TicketStatus, *, is_target: bool) -> str:
    """Return why a ticket was skipped; with ``is_target``, it has the new status already."""
    if status is TicketStatus.InProgress and not is_target:
        return gettext("%(ticket)s skipped: not resolved yet.")  # only Close is offered then
    return {
        TicketStatus.New: gettext("%(ticket)s skipped: not started yet."),
        TicketStatus.InProgress: gettext("%(ticket)s skipped: already in progress."),
        TicketStatus.Resolved: gettext("%(ticket)s skipped: already resolved."),
        TicketStatus.Closed: gettext("%(ticket)s skipped: already closed."),
    }[status]
