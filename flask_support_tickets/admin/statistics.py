"""The statistics page: ticket counts, reply times and resolution times (rules N2 and N3)."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from flask_admin import expose

from .. import services
from ..schemas.queries import StatisticsQuery, statistics_filter
from ..services.statistics.report import GROUPS_MAX
from ..web.charts import statistics_context
from ..web.formatting import Formatter
from ..web.list_query import given_arguments, list_schema, load_query
from .base_view import StaffView
from .menu import set_menu_counts

_ARGUMENTS = ("weeks", "department", "assignedTo", "priority")


class StatisticsView(StaffView):
    @expose("/stats")
    def statistics_view(self) -> ResponseReturnValue:
        """Show statistics, optionally filtered by department, assignee and priority."""
        arguments, actor = given_arguments(_ARGUMENTS), self.require_permission("statistics")
        query = load_query(list_schema(StatisticsQuery), arguments, _ARGUMENTS)
        context: dict[str, Any] = {}
        if not query.errors:
            criteria, formatter = statistics_filter(query.values, actor), Formatter()
            found = services.read_statistics(actor=actor, criteria=criteria, zone=formatter.zone)
            set_menu_counts(self, found.by_status)
            context = statistics_context(found, criteria, actor, formatter)
        page = self.render(
            "support_tickets/admin/statistics.html",
            query=query,
            actor=actor,
            arguments=arguments,
            week_counts=StatisticsQuery.WEEKS,
            groups_max=GROUPS_MAX,
            **context,
        )
        return page, query.status_code
