"""The previous and next ticket in the list from which a page was opened (rule D1)."""

from __future__ import annotations

from flask import request

from .. import services
from ..actor import Actor
from ..schemas.queries import ticket_filter
from ..services import Neighbours
from ..services.read_models import TicketInfo
from ..web.list_query import list_argument_names, read_list_query

#: What a list calls ``page``: on a ticket's page that is the page of its thread.
LIST_PAGE = "listPage"


def to_carry(arguments: dict[str, str]) -> dict[str, str]:
    """Return a list's arguments under the names they have on the pages of its tickets."""
    return {LIST_PAGE if name == "page" else name: value for name, value in arguments.items()}


def carried_arguments() -> dict[str, str]:
    """Return the list that this page of a ticket was opened from, for the links of the page."""
    names = [LIST_PAGE if name == "page" else name for name in list_argument_names()]
    return {name: request.args[name] for name in names if request.args.get(name)}


def list_opened_from() -> dict[str, str]:
    """Return the arguments that lead back to that list."""
    return {
        "page" if name == LIST_PAGE else name: value for name, value in carried_arguments().items()
    }


def find_neighbours(actor: Actor, ticket: TicketInfo) -> Neighbours:
    """Return the tickets beside ``ticket`` in that list; none when it cannot be understood."""
    query = read_list_query(list_opened_from())
    if query.problems:
        return Neighbours()
    criteria = ticket_filter(query.values, actor)
    return services.get_neighbours(actor=actor, ticket=ticket, criteria=criteria)
