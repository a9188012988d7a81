"""The Flask-Admin menu item, which shows the number of New tickets."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from flask import has_request_context, request
from markupsafe import Markup, escape

from ..current import current_tickets
from ..i18n import ngettext
from ..models import TicketStatus
from ..services import TicketFilter, count_by_status
from ..services.access import scope_of
from ..services.pagination import COUNT_MAX
from ..transaction import roll_back_after
from ..web.formatting import format_number
from .base_view import StaffView

logger = logging.getLogger(__name__)

_CACHE_KEY = "flask_support_tickets.new_count"
#: Contains no quotation marks, because the host's template may render it inside an attribute.
_NAME_WITH_COUNT = Markup(
    "%(name)s <span class=st-menu-count&#32;badge&#32;badge-pill&#32;badge-secondary"
    " aria-hidden=true>%(count)s</span><span class=sr-only>%(text)s</span>"
)


class MenuName:
    """A view's name, which includes the number of New tickets when rendered as HTML."""

    def __init__(self, view: StaffView) -> None:
        self._view = view

    def __str__(self) -> str:
        return str(self._view.name)

    def __html__(self) -> str:
        count = _new_count(self._view)
        if not count:
            return escape(str(self))
        is_capped = count > COUNT_MAX and not scope_of(self._view.current_staff()).is_all
        number = format_number(COUNT_MAX if is_capped else count) + ("+" if is_capped else "")
        text = ngettext("%(count)s new", "%(count)s new", count) % {"count": number}
        return _NAME_WITH_COUNT % {"name": str(self), "count": number, "text": text}


def set_menu_counts(view: StaffView, counts: Mapping[TicketStatus, int]) -> None:
    """Cache the number of New tickets for the menu, so that they are not counted again."""
    _counts()[view, id(current_tickets.app)] = counts[TicketStatus.New]


def _new_count(view: StaffView) -> int:
    """Return the number of New tickets, cached for the request, or 0 if the user is not staff.

    If counting fails, returns 0 instead of breaking the host's pages.
    """
    if not has_request_context() or not view.is_open():
        return 0
    counts, key = _counts(), (view, id(current_tickets.app))
    if key not in counts:
        counts[key] = 0
        try:
            with current_tickets.session.no_autoflush:  # the host may have added invalid objects
                new = TicketFilter(statuses=(TicketStatus.New,))
                found = count_by_status(actor=view.current_staff(), criteria=new)
                counts[key] = found[TicketStatus.New]
        except Exception as error:
            logger.exception("Could not count the New tickets; the menu shows no number.")
            roll_back_after(error)
    return counts[key]


def _counts() -> dict[tuple[StaffView, int], int]:
    # A dispatcher can pass one environ through several apps, so the app is part of the key.
    counts: dict[tuple[StaffView, int], int] = request.environ.setdefault(_CACHE_KEY, {})
    return counts
