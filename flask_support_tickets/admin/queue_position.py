"""Find the previous and next tickets in the list that a ticket was opened from (rule D1)."""

from __future__ import annotations

from flask import request

from .. import services
from ..actor import Actor
from ..schemas.queries import ticket_filter
from ..services import Neighbours
from ..services.read_models import TicketInfo
from ..web.list_query import list_argument_names, read_list_query

#: The name for the list's page in a ticket's URL, where ``page`` is the thread's page.
LIST_PAGE = "listPage"


def to_carry(arguments: dict[str, str]) -> dict[str, str]:
    """Rename a list's query parameters for use in its tickets' URLs."""
    return {LIST_PAGE if name == "page" else name: value for name, value in arguments.items()}


def carried_arguments() -> dict[str, str]:
    """Return the list parameters in a ticket's URL, so that links can preserve them."""
    names = [LIST_PAGE if name == "page" else name for name in list_argument_names()]
    return {name: request.args[name] for name in names if request.args.get(name)}


def list_opened_from() -> dict[str, str]:
    """Return the parameters for a link back to the list that the ticket was opened from."""
    arguments = carried_arguments()
    return {"page" if name == LIST_PAGE else name: value for name, value in arguments.items()}


def find_neighbours(actor: Actor, ticket: TicketInfo) -> Neighbours:
    """Return the tickets before and after ``ticket``, or neither if the list query is invalid."""
    query = read_list_query(list_opened_from())
    if query.problems:
        return Neighbours()
    criteria = ticket_filter(query.values, actor)
    return services.get_neighbours(actor=actor, ticket=ticket, criteria=criteria)
