"""Labels of statuses in the user's language."""

from __future__ import annotations

from ..i18n import gettext
from . import TicketStatus


def status_label(status: TicketStatus | int) -> str:
    """Return a status for people: ``In progress``."""
    return {
        TicketStatus.New: gettext("New"),
        TicketStatus.InProgress: gettext("In progress"),
        TicketStatus.Resolved: gettext("Resolved"),
        TicketStatus.Closed: gettext("Closed"),
    }[TicketStatus(status)]
