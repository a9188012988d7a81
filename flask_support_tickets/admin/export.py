"""Export the queue as a CSV file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from flask import abort
from flask.typing import ResponseReturnValue
from flask_admin import expose
from werkzeug.exceptions import UnprocessableEntity

from ..actor import Actor
from ..services.read_models import TicketInfo
from ..services.tickets.listing import list_batches
from ..services.tickets.tags import with_tags
from ..services.tickets.ticket_row import TicketRow
from ..web.csv_export import csv_response
from .base_view import StaffView


class ExportView(StaffView):
    @expose("/export.csv")
    def export_view(self) -> ResponseReturnValue:
        """Export all pages of the filtered queue."""
        actor = self.require_permission("export") if self.can_export else abort(403)
        query = self.read_query(actor)
        if query.errors:
            raise UnprocessableEntity(" ".join(query.problems))
        batches = list_batches(actor=actor, criteria=query.criteria)
        labels = [label for _, label in self._export_columns]
        return csv_response(labels, batches, partial(self._cells, actor), self.export_limit)

    def _cells(self, actor: Actor, items: Sequence[TicketInfo]) -> Iterator[list[Any]]:
        """Yield the cells of each ticket."""
        names = [name for name, _ in self._export_columns]
        items = with_tags(actor, items) if "tags" in names else items
        for row in TicketRow.all_of(items, self.host_names(self._export_columns)):
            yield [self.get_export_value(row, name) for name in names]
