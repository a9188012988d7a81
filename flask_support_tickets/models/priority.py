"""Priorities of tickets."""

from __future__ import annotations

from enum import IntEnum

from ..i18n import lazy_gettext


class TicketPriority(IntEnum):
    """The priority of a ticket. Its value is stored in the database and returned by the API."""

    Low = 0
    Normal = 1
    High = 2
    Urgent = 3


PRIORITY_LABELS = {
    TicketPriority.Low: lazy_gettext("Low"),
    TicketPriority.Normal: lazy_gettext("Normal"),
    TicketPriority.High: lazy_gettext("High"),
    TicketPriority.Urgent: lazy_gettext("Urgent"),
}


def priority_label(priority: TicketPriority | int) -> str:
    """Return the label for a priority in the user's language, such as ``High``."""
    return str(PRIORITY_LABELS[TicketPriority(priority)])
