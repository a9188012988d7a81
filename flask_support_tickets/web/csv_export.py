"""Export tickets as a CSV file, streamed in batches of rows (rule X1)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from flask import Response, copy_current_request_context

from ..i18n import lazy_gettext
from ..models import utc_now
from ..services.pagination import Page
from ..services.read_models import TicketInfo
from .csv_format import BYTE_ORDER_MARK, csv_line, read_separator

logger = logging.getLogger(__name__)

_STOPPED = lazy_gettext(
    "This file stops at %(count)d tickets, but there are more. Narrow your filters to export the"
    " rest."
)
_FAILED = lazy_gettext(
    "INCOMPLETE: an error stopped the export. Tickets in this file: %(count)d. Please export again."
)


def csv_response(
    labels: Sequence[Any],
    batches: Iterator[Page[TicketInfo]],
    cells_of: Callable[[Sequence[TicketInfo]], Iterable[Iterable[Any]]],
    limit: int,
) -> Response:
    """Return a streamed CSV file with at most ``limit`` tickets. ``labels`` is its header row.

    ``cells_of`` returns the cells of each ticket in a batch.
    """
    separator = read_separator()
    batches = chain([next(batches)], batches)  # if the first read fails, send no file
    lines = _lines(labels, batches, cells_of, limit, separator)
    # Each batch has its own context, so slow clients do not hold a database connection.
    next_lines = copy_current_request_context(lambda: next(lines, None))
    response = Response(chain.from_iterable(iter(next_lines, None)))
    response.content_type = "text/csv; charset=utf-8; header=present"
    name = f"support-tickets-{utc_now():%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response


def _lines(
    labels: Sequence[Any],
    batches: Iterable[Page[TicketInfo]],
    cells_of: Callable[[Sequence[TicketInfo]], Iterable[Iterable[Any]]],
    limit: int,
    separator: str,
) -> Iterator[list[str]]:
    """Yield the lines for each batch. On error, yield a line that reports it, then raise it."""
    count = 0
    yield [BYTE_ORDER_MARK, csv_line(labels, separator)]
    try:
        for batch in batches:
            items = batch.items[: limit - count]
            lines = [csv_line(cells, separator) for cells in cells_of(items)]
            count += len(lines)
            yield lines
            if count == limit and (len(items) < len(batch.items) or batch.has_more):
                yield [_last_line(_STOPPED, count, len(labels), separator)]
                return
    except Exception:
        logger.exception("An export failed after %d tickets.", count)
        yield [_last_line(_FAILED, count, len(labels), separator)]
        raise


def _last_line(message: Any, count: int, width: int, separator: str) -> str:
    """Return a line with a message in the first column and empty cells in the others."""
    cells = [str(message) % {"count": count}, *([None] * (width - 1))]
    return csv_line(cells, separator)
