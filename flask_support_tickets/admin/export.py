"""Export the queue as a CSV file, streamed in batches of rows (rule X1)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from itertools import chain
from operator import attrgetter
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
from ..ticket_field import TicketField
from ..web.csv_format import BYTE_ORDER_MARK, csv_line
from ..web.list_query import read_list_query
from .base_view import StaffView, require_permission

logger = logging.getLogger(__name__)

#: The maximum number of tickets in a file.
EXPORT_MAX = 10_000
_BATCH_SIZE = 200


class ExportView(StaffView):
    @expose("/export.csv")
    def export_view(self) -> ResponseReturnValue:
        """Export all pages of the filtered queue."""
        actor, query = require_permission("export"), read_list_query()
        if query.problems:
            raise UnprocessableEntity(" ".join(query.problems))
        batches = _batches(actor, ticket_filter(query.values, actor))
        lines = _lines(chain([next(batches)], batches))  # send no file if the first read fails
        # Each batch has its own context, so slow clients do not hold a database connection.
        next_lines = copy_current_request_context(lambda: next(lines, None))
        response = Response(chain.from_iterable(iter(next_lines, None)))
        response.content_type = "text/csv; charset=utf-8; header=present"
        name = f"support-tickets-{utc_now():%Y-%m-%d}.csv"
        response.headers["Content-Disposition"] = f"attachment; filename={name}"
        return response


def _batches(actor: Actor, criteria: TicketFilter) -> Iterator[Page[TicketInfo]]:
    """Yield the tickets in batches: by ID if possible, to avoid duplicates, otherwise by page."""
    is_by_id = criteria.order is not TicketOrder.WAITING
    batch, number = None, 0
    while batch is None or batch.has_more:
        number += 1
        batch = services.list_tickets(
            actor=actor,
            criteria=criteria,
            page=1 if is_by_id else number,
            page_size=_BATCH_SIZE,
            after_id=batch.last_id if batch and is_by_id else None,
        )
        yield batch


def _lines(batches: Iterable[Page[TicketInfo]]) -> Iterator[list[str]]:
    """Yield the lines for each batch. On error, yield a line that reports it, then raise it."""
    count, columns = 0, _columns()
    yield [BYTE_ORDER_MARK, csv_line(heading for heading, _ in columns)]
    try:
        for batch in batches:
            tickets = batch.items[: EXPORT_MAX - count]
            count += len(tickets)
            yield [csv_line(cell(ticket) for _, cell in columns) for ticket in tickets]
            if len(tickets) < len(batch.items):
                message = gettext(
                    "This file stops at %(count)d tickets, but there are more. Narrow"
                    " your filters to export the rest."
                )
                yield [_last_line(message, count)]
                return
    except Exception:
        logger.exception("An export failed after %d tickets.", count)
        message = gettext(
            "INCOMPLETE: an error stopped the export. Tickets in this file: "
            "%(count)d. Please export again."
        )
        yield [_last_line(message, count)]
        raise


def _last_line(message: str, count: int) -> str:
    """Return a line with a message in the first column and empty cells in the others."""
    return csv_line([message % {"count": count}, *([None] * (len(_columns()) - 1))])


def _columns() -> list[tuple[Any, Callable[[TicketInfo], Any]]]:
    """Return each column's heading and the function that returns its cell for a ticket."""
    return [
        (gettext("ID"), attrgetter("id")),
        (gettext("Subject"), attrgetter("subject")),
        (gettext("Status"), lambda ticket: status_label(ticket.status)),
        (gettext("Requester"), attrgetter("user_name")),
        (gettext("Assigned to"), attrgetter("assigned_to_name")),
        *((field.label, partial(_value, field)) for field in visible_properties(is_staff=True)),
        (gettext("Opened (UTC)"), lambda ticket: _time(ticket.created_at)),
        (gettext("Last activity (UTC)"), lambda ticket: _time(ticket.updated_at)),
        (gettext("Resolved (UTC)"), lambda ticket: _time(ticket.resolved_at)),
        (gettext("Closed (UTC)"), lambda ticket: _time(ticket.closed_at)),
        (gettext("Replies"), attrgetter("comment_count")),
    ]


def _value(field: TicketField, ticket: TicketInfo) -> str | None:
    return field.text(ticket.value(field.name))


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"
