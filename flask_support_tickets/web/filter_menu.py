"""The menu that filters the queue: its inputs, and whether they are in use."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import count

from flask import request

from ..ticket_field import TicketField
from .list_query import given_arguments
from .queue_query import ActiveFilter, QueueOptions, QueueQuery

#: The parameters of the inputs that every view can have.
_ARGUMENTS = ("assignedTo", "requester", "userId", "tag", "createdFrom", "createdBefore")
#: The parameter that adds one of the view's filters to the form.
_ADD_FILTER = "addFilter"


@dataclass(frozen=True)
class FilterMenu:
    """The state of the menu."""

    #: The active filters of the view, and the filter to add without a value.
    inputs: list[ActiveFilter]
    #: The parameters that the form sets.
    arguments: list[str]
    #: The number of these that the list is filtered by.
    active_count: int
    #: Whether to show the menu, because there is something to fill in or to correct.
    is_open: bool


def filter_menu(
    options: QueueOptions, query: QueueQuery, fields: Collection[TicketField]
) -> FilterMenu:
    """Return the menu for the current request, with inputs for ``fields``."""
    inputs, added = list(query.host_filters), request.args.get(_ADD_FILTER)
    to_add = options.find_filter(f"flt_{added}") if added else None
    if to_add is not None:
        names = (f"flt{number}_{to_add.argument}" for number in count(len(inputs)))
        argument = next(name for name in names if name not in request.args)
        inputs.append(ActiveFilter(argument, "", to_add))
    arguments = [
        *_ARGUMENTS, *(field.key for field in fields), *(each.argument for each in inputs)
    ]  # fmt: skip
    return FilterMenu(
        inputs,
        arguments,
        active_count=len(given_arguments(arguments)),
        is_open=bool(added) or not query.errors.keys().isdisjoint(arguments),
    )
