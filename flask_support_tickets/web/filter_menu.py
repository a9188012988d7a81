"""The queue's filter menu: the inputs of the host's filters, and the number of active filters."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import count

from flask import request

from ..ticket_field import TicketField
from .list_query import given_arguments
from .queue_query import ActiveFilter, QueueOptions, QueueQuery

#: The parameters of the inputs that are not declared fields.
_ARGUMENTS = ("assignedTo", "requester", "userId", "tag", "createdFrom", "createdBefore")
#: The parameter that adds one of the view's filters to the form.
_ADD_FILTER = "addFilter"


@dataclass(frozen=True)
class FilterMenu:
    """The filter menu's inputs and state."""

    #: The host's active filters. A filter that is being added has an empty value.
    inputs: list[ActiveFilter]
    #: The parameters that the form sets.
    arguments: list[str]
    #: The number of these parameters that are in the URL.
    active_count: int
    #: Whether the menu is open: a filter is being added, or a value is invalid.
    is_open: bool


def filter_menu(
    options: QueueOptions, query: QueueQuery, fields: Collection[TicketField]
) -> FilterMenu:
    """Return the filter menu for the current request. It can filter by the declared ``fields``."""
    inputs, added = list(query.host_filters), request.args.get(_ADD_FILTER)
    to_add = options.find_filter(f"flt_{added}") if added else None
    if to_add is not None:
        names = (f"flt{number}_{to_add.argument}" for number in count(len(inputs)))
        argument = next(name for name in names if name not in request.args)
        inputs.append(ActiveFilter(argument, "", to_add))
    arguments = [*_ARGUMENTS, *(field.key for field in fields)]
    arguments += [each.argument for each in inputs]
    return FilterMenu(
        inputs,
        arguments,
        active_count=len(given_arguments(arguments)),
        is_open=bool(added) or not query.errors.keys().isdisjoint(arguments),
    )
