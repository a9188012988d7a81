"""The queue: the list of tickets for staff, with filters and row actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from .. import services
from ..actor import Actor
from ..errors import NotFound
from ..models.status import Action, Side
from ..services.access import is_enabled
from ..services.pagination import Page
from ..services.read_models import TicketInfo
from ..web.etags import page_etag
from ..web.forms import ActionForm
from ..web.highlight import Highlight
from ..web.page_access import is_sent_by_our_script
from .bulk import BulkView
from .bulk_results import pop_results
from .export import EXPORT_MAX
from .menu import set_menu_counts
from .queue_query import QueueQuery
from .rows import TicketRow
from .toolbar import ToolbarView
from .transitions import pop_undo


class QueueView(ToolbarView, BulkView):
    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        actor = self.current_staff()
        query = self.read_query(actor)
        if self._is_unchanged(actor, query):
            return "", 304
        found = self._find_page(actor, query, with_counts=True)
        return self._render_queue(actor, query, found), query.status_code

    def get_list(
        self,
        page: int | None,
        sort_field: Any = None,
        sort_desc: bool = False,
        search: str | None = None,
        filters: Any = None,
        execute: bool = True,
        page_size: int | None = None,
    ) -> tuple[int, list[TicketRow]]:
        """Return the number of tickets in a list and the rows of a page, which starts at 0.

        ``filters`` contains the index, the name and the value of each of the host's filters.
        """
        actor, given = self.current_staff(), {"page": str((page or 0) + 1), "search": search or ""}
        if sort_field:
            given["order"] = f"-{sort_field}" if sort_desc else str(sort_field)
        for number, (index, _, value) in enumerate(filters or ()):
            given[f"flt{number}_{self.get_filter_arg(index, None)}"] = value
        query = self.read_query(actor, given)
        found = self._find_page(actor, query, page_size=page_size or query.page_size)
        return found.total_count, TicketRow.all_of(found.items)

    def _find_page(self, actor: Actor, query: QueueQuery, **options: Any) -> Page[TicketInfo]:
        """Return the page of tickets for ``query``, or an empty page if it has errors."""
        if query.errors:
            return Page([], 0, False)
        return services.list_tickets(
            actor=actor,
            criteria=query.criteria,
            page=query.values["page"],
            **{"page_size": query.page_size, **options},
        )

    def _is_unchanged(self, actor: Actor, query: QueueQuery) -> bool:
        """Return whether our script has this version of the page, which is not rendered then."""
        if query.errors or not is_sent_by_our_script():
            return False
        state = self._find_page(actor, query, only_state=True)
        return request.if_none_match.contains(page_etag(actor, state))

    def _render_queue(self, actor: Actor, query: QueueQuery, found: Page[TicketInfo]) -> str:
        home, arguments = self.get_url(".index_view"), self.list_arguments()
        if found.by_status is not None and not query.has_filters:
            set_menu_counts(self, found.by_status)
        carried = self.to_carry(arguments)
        return self.render(
            self.list_template,
            query=query,
            found=found,
            **self._stock_context(query, found, arguments),
            built_in=self.built_in_list,
            arguments=arguments,
            carried=carried,
            link=partial(_link, home, arguments),
            permissions=actor.permissions,
            etag=page_etag(actor, found),
            **self._last_results(),
            may_reopen=self._may_reopen,
            **self.toolbar_context(query, actor, found.by_status),
            bulk_choices=self.bulk_choices(actor),
            export_max=self.export_max_rows or EXPORT_MAX,
            csrf_value=ActionForm(formdata=None).csrf_value,
            unread=services.count_unread(actor=actor, tickets=found.items, side=Side.STAFF),
            initials=_initials_in(found.items),
            highlight=Highlight(query.values["search"]),
            allowed_actions=self.allowed_actions_of(actor),
            details_url=_row_urls(home, carried),
            status_url=_row_urls(home, {**arguments, "from": "list"}, "/status"),
            row_action_url=partial(self._row_action_url, home, {**arguments, "from": "list"}),
        )

    def _stock_context(
        self, query: QueueQuery, found: Page[TicketInfo], arguments: Mapping[str, str]
    ) -> dict[str, Any]:
        """Return the variables that Flask-Admin's own list template has."""
        link, size = partial(_link, self.get_url(".index_view"), arguments), query.page_size
        return {
            "data": TicketRow.all_of(found.items),
            # The labels are translated once here instead of in each row.
            "list_columns": [(name, str(label)) for name, label in self._list_columns],
            "column_classes": {
                name: f"st-col-{str(name).replace('.', '-')}" for name, _ in self._list_columns
            },
            "list_row_actions": self.column_extra_row_actions or [],
            "get_value": self.get_list_value,
            "get_pk_value": self.get_pk_value,
            "count": found.total_count,
            "num_pages": -(-found.total_count // size),
            "page": query.values["page"] - 1,
            "page_size": size,
            "can_set_page_size": self.can_set_page_size,
            "page_size_url": lambda number: link(pageSize=str(number)),
            "pager_url": lambda number: link(page=str(number + 1) if number else None),
            "return_url": link(page=arguments.get("page")),
            "search": query.values["search"],
        }

    def _may_reopen(self, ticket_id: int) -> bool:
        try:
            return is_enabled(Action.Reopen) and not self.is_forbidden(Action.Reopen, ticket_id)
        except NotFound:
            return False

    def _last_results(self) -> dict[str, Any]:
        """Return what the last action did. It is shown once, so not to the script that polls."""
        if is_sent_by_our_script():
            return {"is_polled": True, "results": None, "undo_id": None}
        return {"is_polled": False, "results": pop_results(), "undo_id": pop_undo()}

    @staticmethod
    def _row_action_url(
        home: str, arguments: Mapping[str, str], ticket_id: int, action: str
    ) -> str:
        return f"{home}{ticket_id}/action/{action}?{urlencode(arguments)}"


def _initials_in(tickets: Sequence[TicketInfo]) -> dict[str, str]:
    """Return the initials of the first and the last word of each person's name."""
    names = {name for each in tickets for name in (each.user_name, each.assigned_to_name) if name}
    words = {name: name.split() for name in names}
    return {
        name: "".join(word[0] for word in (*all_[:1], *all_[1:][-1:])).upper()
        for name, all_ in words.items()
    }


def _link(home: str, arguments: Mapping[str, str], *, to: str = "", **changes: str | None) -> str:
    """Return the URL of the list, or of ``to`` under it, with ``changes`` applied and no page."""
    values = {**arguments, "page": None, **changes}
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{home}{to}?{query}" if query else f"{home}{to}"


def _row_urls(home: str, arguments: Mapping[str, str], to: str = "") -> Callable[[int], str]:
    """Return a function that builds ticket URLs faster than `url_for`."""
    query = f"?{urlencode(arguments)}" if arguments else ""
    return lambda ticket_id: f"{home}{ticket_id}{to}{query}"
