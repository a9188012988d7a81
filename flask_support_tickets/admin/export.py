"""Export the queue as a CSV file, streamed in batches of rows (rule X1)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from flask import Response, abort, copy_current_request_context
from flask.typing import ResponseReturnValue
from flask_admin import expose
from werkzeug.exceptions import UnprocessableEntity

from ..actor import Actor
from ..i18n import lazy_gettext
from ..models import utc_now
from ..services.pagination import Page
from ..services.read_models import TicketInfo
from ..services.tickets.listing import list_batches
from ..services.tickets.tags import with_tags
from ..services.tickets.ticket_row import TicketRow
from ..web.csv_format import BYTE_ORDER_MARK, csv_line, read_separator
from .base_view import StaffView

logger = logging.getLogger(__name__)

_STOPPED = lazy_gettext(
    "This file stops at %(count)d tickets, but there are more. Narrow your filters to export the"
    " rest."
)
_FAILED = lazy_gettext(
    "INCOMPLETE: an error stopped the export. Tickets in this file: %(count)d. Please export again."
)


class ExportView(StaffView):
    @expose("/export.csv")
    def export_view(self) -> ResponseReturnValue:
        """Export all pages of the filtered queue."""
        actor = self.require_permission("export") if self.can_export else abort(403)
        query = self.read_query(actor)
        if query.errors:
            raise UnprocessableEntity(" ".join(query.problems))
        separator = read_separator()
        batches = list_batches(actor=actor, criteria=query.criteria)
        # If the first read fails, send no file.
        lines = self._lines(actor, chain([next(batches)], batches), separator)
        # Each batch has its own context, so slow clients do not hold a database connection.
        next_lines = copy_current_request_context(lambda: next(lines, None))
        response = Response(chain.from_iterable(iter(next_lines, None)))
        response.content_type = "text/csv; charset=utf-8; header=present"
        name = f"support-tickets-{utc_now():%Y-%m-%d}.csv"
        response.headers["Content-Disposition"] = f"attachment; filename={name}"
        return response

    def _lines(
        self, actor: Actor, batches: Iterable[Page[TicketInfo]], separator: str
    ) -> Iterator[list[str]]:
        """Yield the lines for each batch. On error, yield a line that reports it, then raise it."""
        count, limit, columns = 0, self.export_limit, self._export_columns
        has_tags, relationships = "tags" in dict(columns), self.relationships_in(columns)
        yield [BYTE_ORDER_MARK, csv_line((label for _, label in columns), separator)]
        try:
            for batch in batches:
                items = batch.items[: limit - count]
                items = with_tags(actor, items) if has_tags else items
                rows = TicketRow.all_of(items, relationships)
                count += len(rows)
                yield [self._line(row, separator) for row in rows]
                if count == limit and (len(rows) < len(batch.items) or batch.has_more):
                    yield [_last_line(_STOPPED, count, len(columns), separator)]
                    return
        except Exception:
            logger.exception("An export failed after %d tickets.", count)
            yield [_last_line(_FAILED, count, len(columns), separator)]
            raise

    def _line(self, row: TicketRow, separator: str) -> str:
        cells = (self.get_export_value(row, name) for name, _ in self._export_columns)
        return csv_line(cells, separator)


def _last_line(message: Any, count: int, width: int, separator: str) -> str:
    """Return a line with a message in the first column and empty cells in the others."""
    cells = [str(message) % {"count": count}, *([None] * (width - 1))]
    return csv_line(cells, separator)
