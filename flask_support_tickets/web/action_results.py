"""The results of actions. Those of a bulk action are kept until the queue shows them (W6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from flask import session

from .. import services
from ..actor import Actor
from ..current import current_tickets
from ..errors import Invalid, InvalidTransition, NotFound, PreconditionFailed, Unavailable
from ..i18n import gettext
from ..models import Action, TicketStatus
from ..models.status import TRANSITIONS, status_label
from ..services.read_models import TicketInfo
from ..transaction import unit_of_work

_SESSION_KEY = "support_tickets_bulk"
_UNDO_KEY = "support_tickets_undo"


class BulkResult(NamedTuple):
    """The result of a bulk action for one ticket.

    ``kind`` is ``done``, ``already`` (nothing to do), ``refused`` (not allowed in this status),
    ``forbidden`` (by the view), ``changed`` (by someone else), ``gone``, ``nobody`` (the assignee
    is not a staff member), ``unchanged`` or ``full`` (too many tags), ``busy`` or ``unknown``.
    """

    ticket_id: int
    kind: str
    #: The ticket's current status, if known.
    status: int | None = None


def transition_or_skip(actor: Actor, ticket_id: int, action: Action, key: Any) -> BulkResult:
    """Transition a ticket in a unit of work. ``key`` is the assignee's, if any."""
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
        is_done = error.status == TRANSITIONS[action].target
        return BulkResult(ticket_id, "already" if is_done else "refused", error.status)
    except NotFound:
        return BulkResult(ticket_id, "gone")
    except Invalid:
        return BulkResult(ticket_id, "nobody")
    except Unavailable as error:
        return BulkResult(ticket_id, "unknown" if error.may_be_stored else "busy")
    return BulkResult(ticket_id, "done", ticket.status)


def run_each(
    ids: Sequence[int], run: Callable[[int], BulkResult], is_forbidden: Callable[[int], bool]
) -> list[BulkResult]:
    """Change the tickets one by one. If the database is busy, skip the rest."""
    results: list[BulkResult] = []
    for number in ids:
        if results and results[-1].kind in ("busy", "unknown"):
            results.append(BulkResult(number, "busy"))
        elif is_forbidden(number):
            results.append(BulkResult(number, "forbidden"))
        else:
            results.append(run(number))
    return results


def store_results(text: str, user_id: str, results: Sequence[BulkResult]) -> None:
    """Store the results for the queue. ``text`` is the label of a host's action."""
    session[_SESSION_KEY] = [text, user_id, list(results)]


def pop_results() -> dict[str, Any] | None:
    """Return and forget the results of the last bulk action, with a message for each."""
    stored = session.pop(_SESSION_KEY, None)
    if stored is None:
        return None
    text, user_id, results = stored[0], stored[1], [BulkResult(*each) for each in stored[2]]
    key = current_tickets.models.user_key.from_text(user_id) if user_id else None
    other = gettext("someone else")
    assignee = services.recent_assignees().get(key, other) if user_id else None
    return {
        "done_count": sum(each.kind == "done" for each in results),
        "lines": [(each, bulk_result_text(*each, assignee, text)) for each in results],
    }


def store_undo(ticket_id: int) -> None:
    """Remember that this browser has just marked a ticket as resolved."""
    session[_UNDO_KEY] = ticket_id


def pop_undo() -> int | None:
    """Return and forget the ID of the ticket that this browser has just marked as resolved."""
    ticket_id: int | None = session.pop(_UNDO_KEY, None)
    return ticket_id


def bulk_result_text(
    ticket_id: int, kind: str, status: int | None, assignee: str | None, action: str = ""
) -> str:
    """Return the message for a `BulkResult`.

    ``assignee`` is the new assignee's name, if any. ``action`` is the label of a host's action.
    """
    if action and kind == "done":
        sentence = gettext("%(ticket)s: %(action)s – done.")
    elif assignee is not None and kind in ("done", "already"):
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
            "forbidden": gettext("%(ticket)s skipped: not allowed for this ticket."),
            "gone": gettext("%(ticket)s skipped: ticket not found."),
            "unchanged": gettext("%(ticket)s skipped: nothing to change."),
            "full": gettext("%(ticket)s skipped: it has too many tags."),
            "busy": gettext("%(ticket)s skipped: the service is busy. Please try again."),
            "unknown": gettext(
                "%(ticket)s: the connection was lost. Please check whether it was updated."
            ),
        }[kind]
    return sentence % {
        "ticket": f"#{ticket_id}",
        "status": "" if status is None else status_label(status),
        "name": assignee,
        "action": action,
    }


def refused_text(ticket: TicketInfo) -> str:
    """Return the message for a ticket whose status does not allow the action, or no longer does."""
    sentence = gettext("You can't do this while the ticket is “%(status)s”.")
    return f"#{ticket.id}: {sentence % {'status': status_label(ticket.status)}}"


def transition_text(actor: Actor, ticket: TicketInfo, action: Action) -> str:
    """Return the message for a ticket after ``action``."""
    sentences = []
    if action is not Action.Assign:
        sentence = gettext("Ticket #%(id)s is now “%(status)s”.")
        sentences.append(sentence % {"id": ticket.id, "status": status_label(ticket.status)})
    is_other_assignee = ticket.assigned_to_user_id != actor.id
    if action is Action.Assign or (action is Action.StartProgress and is_other_assignee):
        text = bulk_result_text(ticket.id, "done", ticket.status, ticket.assigned_to_name)
        sentences.append(text)
    return " ".join(sentences)


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
