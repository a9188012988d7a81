"""The Flask-Admin view, composed of the queue, the detail page, bulk actions and statistics.

It is a plain ``BaseView``, not a ``ModelView``: no stock route that edits, deletes, exports or
sorts exists, so nothing has to be switched off.
"""

from __future__ import annotations

from .bulk import BulkView
from .details import DetailsView
from .export import ExportView
from .queue import QueueView
from .statistics import StatisticsView
from .transitions import StepsView


class TicketsView(QueueView, BulkView, ExportView, StatisticsView, DetailsView, StepsView):
    """Support Tickets in Flask-Admin: each base class brings the addresses of one area."""
