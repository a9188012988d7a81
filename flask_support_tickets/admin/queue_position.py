"""Carry the position in the queue through a ticket's page (rule D1)."""

from __future__ import annotations

from typing import Any

from flask import request

from .. import services
from ..actor import Actor
from ..services import Neighbours
from ..services.read_models import TicketInfo
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

    def find_neighbours(self, actor: Actor, ticket: TicketInfo) -> Neighbours:
        """Return the tickets before and after ``ticket``, or neither if the list is invalid."""
        query = self.read_query(actor, self.list_opened_from())
        if query.errors:
            return Neighbours()
        return services.get_neighbours(actor=actor, ticket=ticket, criteria=query.criteria)

    def url_to_return_to(self, ticket: Any) -> str:
        """Return the URL of the page with the button that was pressed."""
        if request.args.get("from") == "list":
            return str(self.get_url(".index_view", **self.list_arguments()))
        carried = self.carried_arguments()
        return str(self.get_url(".details_view", ticket_id=ticket.id, **carried))
