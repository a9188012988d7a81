"""Export the queue as a CSV file, streamed row by row (rule X1)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from flask import Response, copy_current_request_context
from flask.typing import ResponseReturnValue
from flask_admin import expose
from werkzeug.exceptions import UnprocessableEntity

from .. import services
from ..actor import Actor
from ..i18n import gettext
from ..models import utc_now
from ..models.status import status_label
from ..schemas.queries import ticket_filter
from ..services import TicketFilter, TicketOrder
from ..services.pagination import Page
from ..services.read_models import TicketInfo
from ..services.tickets.fields import visible_properties
from ..web.csv_format import BYTE_ORDER_MARK, csv_line
from ..web.list_query import read_list_query
from .base_view import StaffView, current_staff

logger = logging.getLogger(__name__)

#: How many tickets a file has at most.
EXPORT_MAX = 10_000
#: How many are read at once, with their descriptions.
_BATCH_SIZE = 200


class ExportView(StaffView):
    """The download."""

    @expose("/export.csv")
    def export_view(self) -> ResponseReturnValue:
        """The tickets of the current filter, from the first page on."""
        actor, query = current_staff(), read_list_query()
        if query.problems:
            raise UnprocessableEntity(" ".join(query.problems))
        pages = _pages(actor, ticket_filter(query.values, actor))
        lines = _read(chain([next(pages)], pages))  # if the first read fails, no file is sent
        # A context of its own for each part: a slow reader holds no database connection.
        read_part = copy_current_request_context(lambda: next(lines, None))
        answer = Response(chain.from_iterable(iter(read_part, None)))
        answer.content_type = "text/csv; charset=utf-8; header=present"
        name = f"support-tickets-{utc_now():%Y-%m-%d}.csv"
        answer.headers["Content-Disposition"] = f"attachment; filename={name}"
        return answer


def _pages(actor: Actor, criteria: TicketFilter) -> Iterator[Page[TicketInfo]]:
    """Yield the list in parts: by ids, so that none is met twice, or else by pages."""
    is_by_id = criteria.order is not TicketOrder.WAITING
    found, number = None, 0
    while found is None or found.has_more:
        number += 1
        found = services.list_tickets(
            actor=actor,
            criteria=criteria,
            page=1 if is_by_id else number,
            page_size=_BATCH_SIZE,
            after_id=found.last_id if found and is_by_id else None,
        )
        yield found


def _read(pages: Iterable[Page[TicketInfo]]) -> Iterator[list[str]]:
    """Yield the lines of each page. After an error, the last line reports it, then it is raised."""
    count = 0
    yield [BYTE_ORDER_MARK, csv_line(_headings())]
    try:
        for page in pages:
            tickets = page.items[: EXPORT_MAX - count]
            count += len(tickets)
            yield [csv_line(_cells(ticket)) for ticket in tickets]
            if len(tickets) < len(page.items):
                sentence = gettext(
                    "This file stops at %(count)d tickets, but there are more. Narrow"
                    " your filters to export the rest."
                )
                yield [_last_line(sentence, count)]
                return
    except Exception:
        logger.exception("An export ended after %d tickets.", count)
        sentence = gettext(
            "INCOMPLETE: an error stopped the export. Tickets in this file: "
            "%(count)d. Please export again."
        )
        yield [_last_line(sentence, count)]
        raise


def _last_line(sentence: str, count: int) -> str:
    """Return a line of as many cells as all others, that tells why it is the last."""
    return csv_line([sentence % {"count": count}, *([None] * (len(_headings()) - 1))])


def _headings() -> list[Any]:
    return [
        gettext("ID"),
        gettext("Subject"),
        gettext("Status"),
        gettext("Requester"),
        gettext("Assigned to"),
        *(field.label for field in visible_properties(is_staff=True)),
        gettext("Opened (UTC)"),
        gettext("Last activity (UTC)"),
        gettext("Resolved (UTC)"),
        gettext("Closed (UTC)"),
        gettext("Replies"),
    ]


def _cells(ticket: TicketInfo) -> list[Any]:
    return [
        ticket.id,
        ticket.subject,
        status_label(ticket.status),
        ticket.user_name,
        ticket.assigned_to_name,
        *(field.text(ticket.value(field.name)) for field in visible_properties(is_staff=True)),
        _time(ticket.created_at),
        _time(ticket.updated_at),
        _time(ticket.resolved_at),
        _time(ticket.closed_at),
        ticket.comment_count,
    ]


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"
