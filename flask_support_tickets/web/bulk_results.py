"""The results of a bulk action, one for each ticket, which the queue shows once (W6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import session

from .. import services
from ..current import current_tickets
from ..i18n import gettext
from ..models import TicketStatus
from ..models.status import status_label

_SESSION_KEY = "support_tickets_bulk"


class BulkResult(NamedTuple):
    """The result of a bulk action for one ticket.

    ``kind`` is ``done``, ``already`` (nothing to do), ``refused`` (not allowed in this status),
    ``forbidden`` (by the view), ``changed`` (by someone else), ``gone``, ``nobody`` (the assignee
    is not a staff member), ``busy`` or ``unknown``.
    """

    ticket_id: int
    kind: str
    #: The ticket's current status, if known.
    status: int | None = None


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
