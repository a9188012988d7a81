"""The statistics page: ticket counts, reply times and resolution times (rules N2 and N3)."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from marshmallow import EXCLUDE

from .. import services
from ..actor import Actor
from ..current import current_tickets
from ..i18n import gettext
from ..schemas.fields import NOBODY
from ..schemas.queries import StatisticsQuery, statistics_filter
from ..services.statistics.report import GROUPS_MAX
from ..services.statistics.results import OPEN, Age, Statistics
from ..web.charts import HEIGHT, TOP, columns_of, points_of, rows_of
from ..web.formatting import Formatter
from ..web.list_query import load_query
from .base_view import StaffView
from .menu import set_menu_counts

_ARGUMENTS = ("weeks", "department", "assignedTo")


class StatisticsView(StaffView):
    @expose("/stats")
    def statistics_view(self) -> ResponseReturnValue:
        """Show statistics, optionally filtered by department and assignee."""
        arguments = {name: request.args[name] for name in _ARGUMENTS if request.args.get(name)}
        actor = self.require_permission("statistics")
        query = load_query(StatisticsQuery(unknown=EXCLUDE), arguments, _ARGUMENTS)
        context: dict[str, Any] = {}
        if not query.errors:
            criteria, formatter = statistics_filter(query.values, actor), Formatter()
            found = services.read_statistics(actor=actor, criteria=criteria, zone=formatter.zone)
            set_menu_counts(self, found.by_status)
            context = _charts(found, formatter) | {"choices": _choices(found, actor)}
            assignee = NOBODY if criteria.is_unassigned else criteria.assigned_to
            context["chosen"] = {
                "department": criteria.department,
                "assignedTo": "" if assignee is None else str(assignee),
            }
        page = self.render(
            "support_tickets/admin/statistics.html",
            query=query,
            actor=actor,
            arguments=arguments,
            week_counts=StatisticsQuery.WEEKS,
            groups_max=GROUPS_MAX,
            age_group_text=_age_group_text,
            **context,
        )
        return page, query.status_code


def _charts(found: Statistics, formatter: Formatter) -> dict[str, Any]:
    return {
        "found": found,
        "open_counts": {
            status.name: sum(age.by_status[status] for age in found.ages) for status in OPEN
        },
        "flow": columns_of(found.weeks, formatter),
        "ages": rows_of(found.ages),
        "replies": points_of(found.weeks, lambda week: week.figures.first_reply, formatter),
        "resolutions": points_of(found.weeks, lambda week: week.figures.resolution, formatter),
        "plot": {"top": TOP, "bottom": TOP + HEIGHT},
    }


def _choices(found: Statistics, actor: Actor) -> dict[str, list[Any]]:
    """Return the filter choices: departments, and the keys and names of assignees."""
    departments = {group.key for group in found.departments if group.key is not None}
    departments.update(current_tickets.config.departments or ())
    others = {
        group.key: group.name for group in found.assignees if group.key not in (None, actor.id)
    }
    return {
        "departments": sorted(departments, key=str.casefold),
        "assignees": sorted(others.items(), key=lambda item: str(item[1]).casefold()),
    }


def _age_group_text(age: Age) -> str:
    days = None if age.ends_at is None else age.ends_at.days
    return {
        1: gettext("Under 1 day"),
        3: gettext("1–3 days"),
        7: gettext("3–7 days"),
        28: gettext("1–4 weeks"),
        None: gettext("Over 4 weeks"),
    }[days]
