"""Transition a ticket from the queue or its page."""

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
from ..services.access import allowed_actions
from ..services.read_models import EventInfo, TicketInfo
from ..transaction import unit_of_work
from ..web.forms import ActionForm
from ..web.list_query import list_arguments
from ..web.thread_page import get_page_ticket
from .base_view import StaffView, current_staff, is_unconfirmed_close
from .event_text import event_text
from .queue_position import carried_arguments

#: The maximum number of changes that a page lists.
CHANGES_MAX = 20
#: The maximum number of changes in a message.
SUMMARY_MAX = 3


class TransitionsView(StaffView):
    @expose("/<ticket_id>/status", methods=["POST"])
    def status_view(self, ticket_id: str) -> ResponseReturnValue:
        """Run an action, flash the result, and redirect back to the page with the button."""
        actor = current_staff()
        ticket = get_page_ticket(actor, ticket_id)
        is_done, name = False, request.form.get("action", "")
        back = self._url_to_return_to(ticket)
        if not ActionForm().validate():
            flash(gettext("This page has expired. Please try again."), "error")
        elif is_unconfirmed_close(name) and name in allowed_actions(actor, ticket):
            return self.ask_to_close([ticket.id], back)
        else:
            is_done = _transition(actor, ticket, name)
        anchor = f"#ticket-{ticket.id}" if is_done and request.args.get("from") == "list" else ""
        return redirect(f"{back}{anchor}", 303)

    def _url_to_return_to(self, ticket: TicketInfo) -> str:
        if request.args.get("from") == "list":
            return str(self.get_url(".index_view", **list_arguments()))
        return str(self.get_url(".details_view", ticket_id=ticket.id, **carried_arguments()))


def _transition(actor: Actor, ticket: TicketInfo, name: str) -> bool:
    """Run the submitted action, unless the ticket has changed since the submitted version (E3)."""
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
        changes = changes_since(actor, ticket, version, limit=SUMMARY_MAX)
        message = gettext(
            "Nothing was saved because this ticket changed after you loaded "
            "the page. Check what's new and try again."
        )
        flash(f"{message} {' · '.join(map(event_text, changes))}", "error")
        return False
    except (InvalidTransition, Invalid) as error:
        flash(f"#{ticket.id}: {' '.join(error.sentences)}", "error")
        return False
    flash(_success_message(actor, updated, action), "success")
    return True


def _success_message(actor: Actor, ticket: TicketInfo, action: Action) -> str:
    sentences = []
    if action is not Action.Assign:
        sentence = gettext("Ticket #%(id)s is now “%(status)s”.")
        sentences.append(sentence % {"id": ticket.id, "status": status_label(ticket.status)})
    is_other_assignee = ticket.assigned_to_user_id != actor.id
    if action is Action.Assign or (action is Action.StartProgress and is_other_assignee):
        text = bulk_result_text(ticket.id, "done", ticket.status, ticket.assigned_to_name)
        sentences.append(text)
    return " ".join(sentences)


def parse_assignee(user_id: str) -> UserId:
    """Return the user key for a submitted ID. Raises `Invalid` if it is malformed."""
    key = current_tickets.models.user_key.from_text(user_id)
    if key is None:
        raise Invalid({"assignedToUserId": [gettext("Choose a staff member.")]})
    return key


def changes_since(
    actor: Actor, ticket: TicketInfo, version: int | None, *, limit: int = CHANGES_MAX
) -> list[EventInfo]:
    """Return up to ``limit`` events since the ticket's ``version``, newest first."""
    count = min(ticket.version - version, limit) if version else 0  # one event per version (H1)
    if count <= 0:
        return []
    return services.list_history(actor=actor, ticket=ticket, limit=count)[::-1]


def bulk_result_text(ticket_id: int, kind: str, status: int | None, assignee: str | None) -> str:
    """Return the message for a `BulkResult`; ``assignee`` is the new assignee's name, if any."""
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
    """Return why a ticket was skipped; ``is_target`` means that ``status`` is the new status."""
    if status is TicketStatus.InProgress and not is_target:
        return gettext("%(ticket)s skipped: not resolved yet.")  # the action was Close
    return {
        TicketStatus.New: gettext("%(ticket)s skipped: not started yet."),
        TicketStatus.InProgress: gettext("%(ticket)s skipped: already in progress."),
        TicketStatus.Resolved: gettext("%(ticket)s skipped: already resolved."),
        TicketStatus.Closed: gettext("%(ticket)s skipped: already closed."),
    }[status]
