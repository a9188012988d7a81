"""Parse and build the queue's URLs, and preserve the list that a ticket was opened from (D1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from ..actor import Actor
from ..current import current_tickets
from ..i18n import gettext
from ..services.tickets.queries import may_see
from ..web.list_query import LIST_PAGE, from_carried, given_arguments, to_carry
from ..web.queue_order import ColumnSort
from ..web.queue_query import QueueOptions, QueueQuery, existing_page, read_queue_query
from .filters import FiltersView


class QueueUrlsView(FiltersView):
    """The part of the view that reads and builds the URLs of the queue and of its tickets."""

    column_sortable_list: Any = ("created_at", "awaiting_since")

    @property
    def queue_options(self) -> QueueOptions:
        """The filters, sort columns and page sizes that the query string can use."""
        return QueueOptions(
            find_filter=self.find_filter,
            condition_of=self.condition_of,
            sortable_columns=self._sortable_columns,
            default_sort=self.default_sort,
            page_sizes=self.page_size_options if self.can_set_page_size else (),
            page_size_of=self.get_safe_page_size,
        )

    def read_query(self, actor: Actor) -> QueueQuery:
        """Parse the current request's query string. Unknown parameters are ignored."""
        return read_queue_query(self.queue_options, actor, request.args)

    @property
    def default_sort(self) -> ColumnSort:
        """The column in ``column_default_sort``, and whether it is descending."""
        declared: Any = self.column_default_sort or ("created_at", True)
        if isinstance(declared, list):
            [declared] = declared
        name, is_descending = declared if isinstance(declared, tuple) else (declared, False)
        return ColumnSort(str(getattr(name, "key", name)), bool(is_descending))

    def get_safe_page_size(self, page_size: int | None) -> int:
        """Return a page size that the user may choose, or the view's, or the app's."""
        return super().get_safe_page_size(page_size) or current_tickets.config.page_size

    def list_argument_names(self, given: Mapping[str, str]) -> tuple[str, ...]:
        """Return the names of the query parameters that the links of a list preserve."""
        return self.queue_options.argument_names(given)

    def list_arguments(self) -> dict[str, str]:
        """Return the list parameters in the current request's query string, unparsed."""
        return given_arguments(self.list_argument_names(request.args))

    def carried_arguments(self) -> dict[str, str]:
        """Return the list parameters in a ticket's URL, so that links can preserve them."""
        names = self.list_argument_names(request.args)
        return given_arguments(LIST_PAGE if name == "page" else name for name in names)

    def list_opened_from(self) -> dict[str, str]:
        """Return the parameters for a link back to the list that the ticket was opened from."""
        return from_carried(self.carried_arguments())

    def url_of(self, ticket_id: int, **location: Any) -> str:
        """Return the URL of a ticket's page, with the list that it was opened from."""
        carried = self.carried_arguments()
        return str(self.get_url(".details_view", ticket_id=ticket_id, **carried, **location))

    def redirect_to_ticket(self, ticket_id: int, **location: Any) -> ResponseReturnValue:
        """Redirect to a changed ticket, or to the queue if the user can no longer see it."""
        if may_see(actor=self.current_staff(), ticket_id=ticket_id):
            return redirect(self.url_of(ticket_id, **location), 303)
        message = gettext("The change is saved. You can no longer see ticket #%(id)s.")
        flash(message % {"id": ticket_id}, "success")
        return redirect(self.queue_url, 303)

    def url_to_return_to(self, ticket: Any) -> str:
        """Return the URL of the page with the button, or of the list if the ticket left it."""
        actor = self.current_staff()
        is_from_list = request.args.get("from") == "list"
        if is_from_list or not may_see(actor=actor, ticket_id=ticket.id):
            return self.queue_url
        opened_from = existing_page(self.queue_options, actor, self.list_opened_from())
        return str(self.get_url(".details_view", ticket_id=ticket.id, **to_carry(opened_from)))

    @property
    def queue_url(self) -> str:
        """The URL of the list in the current request's query string, on a page that exists."""
        actor, arguments = self.current_staff(), self.list_arguments()
        arguments = existing_page(self.queue_options, actor, arguments)
        return str(self.get_url(".index_view", **arguments))
