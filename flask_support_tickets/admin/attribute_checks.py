"""Check the attributes of a `TicketView` when it is set up."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from flask_admin.model.filters import BaseFilter
from sqlalchemy.orm import Mapper, RelationshipProperty

from ..current import TicketsState
from ..errors import ConfigurationError
from ..ticket_field import is_indexed
from ..web.queue_order import OUR_ORDERS
from ..web.row_action import check_action_name
from .filters import BUILT_IN_FILTERS
from .ticket_view import TicketView

#: The attributes that list columns.
_COLUMN_LISTS = (
    "column_list", "column_exclude_list", "column_details_list", "column_details_exclude_list",
    "column_export_list", "column_export_exclude_list",
)  # fmt: skip
#: The relationships of tickets to users.
_USERS = ("user", "assigned_to")


def check_attributes(view: TicketView, state: TicketsState) -> None:
    """Raise `ConfigurationError` for an unknown column, a bare relationship or a slow sort.

    Does not configure the mappers, because the host's other models may not be imported yet.
    """
    formatters = {
        **(view.column_formatters or {}),
        **(view.column_formatters_detail or {}),
        **(view.column_formatters_export or {}),
    }
    for attribute in _COLUMN_LISTS:
        _check_names(view, attribute, getattr(view, attribute) or (), formatters)
    filters = [each for each in view.column_filters or () if not isinstance(each, BaseFilter)]
    names = [each for each in filters if each not in BUILT_IN_FILTERS]
    _check_names(view, "column_filters", names)
    for name in map(_key, names):
        if _is_relationship(view.model, name):
            hint = f"{name!r} is a relationship. Name one of its columns, such as '{name}.id'."
            raise _error(view, "column_filters", hint)
    for name in view._actions_data:
        check_action_name(name, view.row_actions)
    _check_sorts(view, "column_sortable_list", view.column_sortable_list or (), state)
    if isinstance(view.column_default_sort, list) and len(view.column_default_sort) > 1:
        raise _error(view, "column_default_sort", "The queue is sorted by a single column.")
    _check_sorts(view, "column_default_sort", [view.default_sort.name], state)


def _check_names(
    view: TicketView, attribute: str, names: Iterable[Any], virtual: Collection[str] = ()
) -> None:
    for name in map(_key, names):
        model, column = _owner_of(view.model, name)
        if not hasattr(model, column.split(".")[0]) and name not in virtual:
            raise _error(view, attribute, f"The ticket has no column {name!r}.")


def _check_sorts(
    view: TicketView, attribute: str, names: Iterable[Any], state: TicketsState
) -> None:
    for name in map(_key, names):
        column = state.models.ticket_column(name)
        if name not in OUR_ORDERS and (column is None or not is_indexed(column)):
            raise _error(
                view,
                attribute,
                f"The queue can't be sorted by {name!r}, because it is not a column of the ticket "
                "with an index.",
            )


def _key(name: Any) -> str:
    return str(getattr(name, "key", name))


def _owner_of(model: type[Any], name: str) -> tuple[Any, str]:
    """Return the model that has a column, and the column's name without ``user.``."""
    first, _, rest = name.partition(".")
    return (model.__support_links__.user_model, rest) if rest and first in _USERS else (model, name)


def _is_relationship(model: type[Any], name: str) -> bool:
    """Return whether a column of the ticket or of its users is a relationship."""
    model, name = _owner_of(model, name)
    mapper: Mapper[Any] = model.__mapper__
    if "." in name or not mapper.has_property(name):
        return False
    found = mapper.get_property(name, _configure_mappers=False)
    return isinstance(found, RelationshipProperty)


def _error(view: TicketView, attribute: str, sentence: str) -> ConfigurationError:
    return ConfigurationError(f"{type(view).__name__}.{attribute}: {sentence}")
