"""The tabs that filter a list by status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import NamedTuple

from ..i18n import gettext
from ..models import OPEN_STATUSES, TicketStatus
from ..models.status import status_label
from ..schemas.fields import OPEN


class Tab(NamedTuple):
    """A link that filters the list by status."""

    text: str
    #: The parameter ``status``; None shows all tickets.
    status: str | None
    #: The number of tickets, or None if the list is not counted by status.
    number: int | None
    #: Whether there are more tickets than that.
    is_capped: bool
    is_current: bool


def status_tabs(
    chosen: Set[TicketStatus], by_status: Mapping[TicketStatus, int] | None, limit: int | None
) -> Iterator[Tab]:
    """Yield the tabs. Counts stop at ``limit``."""
    both = set(OPEN_STATUSES)
    tabs: list[tuple[str, str | None, set[TicketStatus]]] = [(gettext("Open"), OPEN, both)]
    tabs += [(status_label(each), each.name, {each}) for each in TicketStatus]
    for text, status, statuses in [*tabs, (gettext("All"), None, set[TicketStatus]())]:
        is_one = len(statuses) == 1 and statuses < chosen != both
        total = None
        if by_status is not None:
            total = sum(by_status[each] for each in statuses or TicketStatus)
        is_capped = limit is not None and (total or 0) > limit
        number = limit if is_capped else total
        yield Tab(text, status, number, is_capped, is_one or statuses == chosen)
