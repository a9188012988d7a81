"""The menu item in Flask-Admin: its name and the number of new tickets."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from babel.numbers import format_decimal
from flask import has_request_context, request
from markupsafe import Markup, escape

from ..current import current_tickets
from ..i18n import current_locale, ngettext
from ..models import TicketStatus
from ..services.tickets.counters import read_totals
from .base_view import may_enter, roll_back_after

logger = logging.getLogger(__name__)

_CACHE_KEY = "flask_support_tickets.new_count"
#: Printed by templates of the host, maybe inside an attribute: so there is no quotation mark in it.
_COUNTED = Markup(
    "%(name)s <span class=st-menu-count&#32;badge&#32;badge-pill&#32;badge-secondary"
    " aria-hidden=true>%(count)s</span><span class=sr-only>%(text)s</span>"
)


class MenuName:
    """A name that carries the number of New tickets where it is printed as HTML."""

    def __init__(self, name: object) -> None:
        self._name = name

    def __str__(self) -> str:
        return str(self._name)

    def __html__(self) -> str:
        count = _new_count()
        if not count:
            return escape(str(self))
        number = format_decimal(count, locale=current_locale())
        text = ngettext("%(count)s new", "%(count)s new", count) % {"count": number}
        return _COUNTED % {"name": str(self), "count": number, "text": text}


def set_menu_counts(counts: Mapping[TicketStatus, int]) -> None:
    """Let the menu of this request show what the page has counted already."""
    _counts()[id(current_tickets.app)] = counts[TicketStatus.New]


def _new_count() -> int:
    """Return the number of New tickets, asked for once a request; 0 for whom it does not concern.

    It is on the host's pages as well, and must not break one: an error counts as 0.
    """
    if not has_request_context() or not may_enter():
        return 0
    counts, key = _counts(), id(current_tickets.app)
    if key not in counts:
        counts[key] = 0
        try:
            # What the host's form left half done is not ours to write.
            with current_tickets.session.no_autoflush:
                counts[key] = read_totals().by_status[TicketStatus.New]
        except Exception as error:
            logger.exception("Support Tickets could not count the new tickets; no number is shown.")
            roll_back_after(error)
    return counts[key]


def _counts() -> dict[int, int]:
    # One environ can pass through several apps (a dispatcher), so the app is part of the key.
    counts: dict[int, int] = request.environ.setdefault(_CACHE_KEY, {})
    return counts
