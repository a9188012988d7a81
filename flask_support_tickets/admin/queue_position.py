"""Carry the position in the queue through a ticket's page (rule D1)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from .. import services
from ..actor import Actor
from ..errors import NotFound
from ..i18n import gettext
from ..services import Neighbours
from ..services.access import scope_of
from ..services.read_models import TicketInfo
from ..services.tickets.queries import get_version
from .queue_query import QueueQueryView

#: The name for the list's page in a ticket's URL, where ``page`` is the thread's page.
LIST_PAGE = "listPage"


class QueuePositionView(QueueQueryView):
    """The part of the view that preserves the list that a ticket was opened from."""

    @staticmethod
    def to_carry(arguments: dict[str, str]) -> dict[str, str]:
        """Rename a list's query parameters for use in its tickets' URLs."""
        return {LIST_PAGE if name == "page" else name: text for name, text in arguments.items()}

    def carried_arguments(self) -> dict[str, str]:
        """Return the list parameters in a ticket's URL, so that links can preserve them."""
        names = self.list_argument_names(request.args)
        carried = [LIST_PAGE if name == "page" else name for name in names]
        return {name: request.args[name] for name in carried if request.args.get(name)}

    def list_opened_from(self) -> dict[str, str]:
        """Return the parameters for a link back to the list that the ticket was opened from."""
        carried = self.carried_arguments()
        return {"page" if name == LIST_PAGE else name: text for name, text in carried.items()}

    def url_of(self, ticket_id: int, **location: Any) -> str:
        """Return the URL of a ticket's page, with the list that it was opened from."""
        carried = self.carried_arguments()
        return str(self.get_url(".details_view", ticket_id=ticket_id, **carried, **location))

    def redirect_to_ticket(self, ticket_id: int, **location: Any) -> ResponseReturnValue:
        """Redirect to a changed ticket, or to the queue if the user can no longer see it."""
        if self._is_visible(ticket_id):
            return redirect(self.url_of(ticket_id, **location), 303)
        message = gettext("The change is saved. You can no longer see ticket #%(id)s.")
        flash(message % {"id": ticket_id}, "success")
        return redirect(self.queue_url, 303)

    def _is_visible(self, ticket_id: int) -> bool:
        actor = self.current_staff()
        if scope_of(actor).is_all:
            return True
        try:
            get_version(actor=actor, ticket_id=ticket_id)
        except NotFound:
            return False
        return True

    def find_neighbours(self, actor: Actor, ticket: TicketInfo) -> Neighbours:
        """Return the tickets before and after ``ticket``, or neither if the list is invalid."""
        query = self.read_query(actor, self.list_opened_from())
        if query.errors:
            return Neighbours()
        return services.get_neighbours(actor=actor, ticket=ticket, criteria=query.criteria)

    def existing_page(self, arguments: dict[str, str]) -> dict[str, str]:
        """Return ``arguments`` with the last page of the list if their page is empty now."""
        if "page" not in arguments:
            return arguments
        actor = self.current_staff()
        query = self.read_query(actor, arguments)
        found = self.find_page(actor, query)
        if query.errors or found.items:
            return arguments
        number, size = query.values["page"], query.page_size
        # A capped count does not tell which page is the last one.
        last = number - 1 if found.is_capped else min(number - 1, -(-found.total_count // size))
        if last > 1:
            return {**arguments, "page": str(last)}
        return {name: text for name, text in arguments.items() if name != "page"}

    def url_to_return_to(self, ticket: Any) -> str:
        """Return the URL of the page with the button, or of the list if the ticket left it."""
        if request.args.get("from") == "list" or not self._is_visible(ticket.id):
            return self.queue_url
        carried = self.to_carry(self.existing_page(self.list_opened_from()))
        return str(self.get_url(".details_view", ticket_id=ticket.id, **carried))

    @property
    def queue_url(self) -> str:
        """The URL of the list in the current request's query string, on a page that exists."""
        return str(self.get_url(".index_view", **self.existing_page(self.list_arguments())))
