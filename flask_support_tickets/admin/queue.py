"""The queue: the list of tickets for staff, with filters and row actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote

from flask import request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from .. import services
from ..actor import Actor
from ..models import TicketStatus
from ..models.status import Side
from ..services.notifications.listing import has_overdue_notifications
from ..services.pagination import Page
from ..services.read_models import TicketInfo
from ..services.tickets.tags import with_tags
from ..services.tickets.ticket_row import TicketRow
from ..web.action_results import pop_results, pop_undo
from ..web.etags import page_etag
from ..web.formatting import initials_of
from ..web.forms import csrf_value
from ..web.highlight import Highlight
from ..web.list_query import list_url, row_urls, to_carry
from ..web.page_access import is_sent_by_our_script
from ..web.queue_query import QueueQuery, find_queue_page
from ..web.suggestions import read_suggestions
from .bulk import BulkView
from .menu import set_menu_counts
from .toolbar import ToolbarView


class QueueView(ToolbarView, BulkView):
    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        actor = self.current_staff()
        query = self.read_query(actor)
        if self._is_unchanged(actor, query):
            return "", 304
        found = find_queue_page(actor, query, with_counts=True)
        return self._render_queue(actor, query, found), query.status_code

    @expose("/suggestions")
    def suggestions_view(self) -> ResponseReturnValue:
        """Return the suggestions for the search box as JSON (S4)."""
        return read_suggestions(
            self.current_staff(),
            self.column_filters or (),
            lambda ticket_id: self.get_url(".details_view", ticket_id=ticket_id),
            partial(self.get_url, ".index_view"),
        )

    def _is_unchanged(self, actor: Actor, query: QueueQuery) -> bool:
        """Return whether our script has this version of the page, which is not rendered then."""
        if query.errors or not is_sent_by_our_script():
            return False
        state = find_queue_page(actor, query, only_state=True)
        return request.if_none_match.contains(page_etag(actor, state))

    def _render_queue(self, actor: Actor, query: QueueQuery, found: Page[TicketInfo]) -> str:
        home, arguments = self.get_url(".index_view"), self.list_arguments()
        names = {*self.built_in_list, *dict(self._list_columns)}
        if self.column_formatters or {"subject", "tags"} & names:
            found = replace(found, items=with_tags(actor, found.items))
        counts = found.totals or (None if query.has_filters else found.by_status)
        if counts is not None:
            set_menu_counts(self, counts)
        link = partial(list_url, home, arguments)
        carried, back = to_carry(arguments), {**arguments, "from": "list"}
        return self.render(
            self.list_template,
            query=query,
            found=found,
            **self._stock_context(query, found, link),
            built_in=self.built_in_list,
            home=home,
            arguments=arguments,
            carried=carried,
            link=link,
            permissions=actor.permissions,
            etag=page_etag(actor, found),
            **self._last_results(actor),
            **self.toolbar_context(query, actor, found.by_status),
            bulk_choices=self.bulk_choices(actor),
            csrf_value=csrf_value(),
            has_overdue="notifications" in actor.permissions and has_overdue_notifications(),
            unread=services.count_unread(actor=actor, tickets=found.items, side=Side.STAFF),
            initials=initials_of(found.items),
            highlight=Highlight(query.values["search"]),
            allowed_actions=self.allowed_actions_of(actor),
            details_url=row_urls(home, carried),
            requester_url=lambda user_id: f"{home}?userId={quote(str(user_id))}",
            status_url=row_urls(home, back, "/status"),
            row_action_urls={
                name: row_urls(home, back, f"/action/{name}") for name in self.row_actions
            },
        )

    def _stock_context(
        self, query: QueueQuery, found: Page[TicketInfo], link: Callable[..., str]
    ) -> dict[str, Any]:
        """Return the variables that Flask-Admin's own list template has."""
        size = query.page_size
        return {
            "data": TicketRow.all_of(found.items, self.host_names(self._list_columns)),
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
            "return_url": link(page=request.args.get("page")),
            "search": query.values["search"],
        }

    def _last_results(self, actor: Actor) -> dict[str, Any]:
        """Return the results of the last action, which are shown once, but not to our script."""
        if is_sent_by_our_script():
            return {"is_polled": True, "results": None}
        results, undo_id = pop_results(), pop_undo()
        if results is None:
            return {"results": None, "undo_id": undo_id}
        allowed, lines = self.allowed_actions_of(actor), results["lines"]
        done = [each.ticket_id for each, _ in lines if each.status == TicketStatus.Resolved]
        reopenable = {row.id for row in self.get_rows(done).values() if "Reopen" in allowed(row)}
        return {"results": results, "reopenable": reopenable, "undo_id": undo_id}
