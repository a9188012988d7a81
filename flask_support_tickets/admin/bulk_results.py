"""Messages for the results of a bulk action."""

from __future__ import annotations

from ..i18n import gettext
from ..models.status_labels import status_label


def bulk_result_text(ticket_id: int, kind: str, status: int | None, assignee: str | None) -> str:
    """Return the sentence for one ticket; ``assignee`` is whom the step assigned, if it did."""
    moved, moved_before = (
        gettext("%(ticket)s is %(status)s."),
        gettext("%(ticket)s was %(status)s already."),
    )
    if assignee is not None:
        moved = gettext("%(ticket)s is assigned to %(name)s.")
        moved_before = gettext("%(ticket)s was assigned to %(name)s already.")
    sentence = {
        "done": moved,
        "already": moved_before,
        "refused": gettext("%(ticket)s: not possible, it is %(status)s."),
        "changed": gettext("%(ticket)s: nothing was done, it has just changed."),
        "nobody": gettext("%(ticket)s: nothing was done, there is no such staff member."),
        "gone": gettext("%(ticket)s: there is no such ticket."),
        "busy": gettext("%(ticket)s: nothing was done, the service is busy. Please try again."),
        "unknown": gettext("%(ticket)s: the connection was lost. Please look whether it was done."),
    }[kind]
    return sentence % {
        "ticket": f"#{ticket_id}",
        "status": "" if status is None else status_label(status),
        "name": assignee,
    }
