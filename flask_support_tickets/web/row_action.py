"""Declare the host's row actions with `row_action`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple, TypeVar

from ..errors import ConfigurationError
from ..models import Action
from ..models.event import ACTION_MAX
from ..models.status import NOTE

F = TypeVar("F", bound=Callable[..., Any])


class RowAction(NamedTuple):
    """A row action that a view declares with `row_action`."""

    name: str
    text: Any
    confirmation: Any
    #: The name of the view's method.
    method: str


def row_action(name: str, text: Any, confirmation: Any = None) -> Callable[[F], F]:
    """Declare a method of a `TicketView` as a row action.

    ``name`` is the action's name in URLs, in `TicketView.is_row_action_allowed` and in the ticket's
    history. ``text`` labels the button. With ``confirmation``, the button asks first. The method
    receives the mapped ticket and returns the message to flash, a response, or None. It runs in a
    unit of work: if it raises `Invalid`, nothing is changed and the message is flashed.
    """

    def declare(method: F) -> F:
        action = RowAction(name, text, confirmation, method.__name__)
        method._row_action = action  # type: ignore[attr-defined] # a callable declares no attributes
        return method

    return declare


def row_actions_of(cls: type[Any]) -> dict[str, RowAction]:
    """Return the row actions of a view class by name. Raises `ConfigurationError`.

    A method that overrides a row action is also a row action, even without the decorator. Setting
    the name to None removes the action.
    """
    declared: dict[str, RowAction] = {}
    for parent in reversed(cls.__mro__):
        for name, method in vars(parent).items():
            if hasattr(method, "_row_action"):
                declared[name] = method._row_action._replace(method=name)
            elif method is None:
                declared.pop(name, None)
    found: dict[str, RowAction] = {}
    for action in declared.values():
        check_action_name(action.name, found)
        found[action.name] = action
    return found


def check_action_name(name: str, taken: Collection[str]) -> None:
    """Raise `ConfigurationError` if ``name`` is taken or not suitable for a ticket's history."""
    if name in taken or name in (*Action, "Open", "Comment", NOTE):
        raise ConfigurationError(f"The action {name!r} already exists.")
    if not name.isidentifier() or len(name) > ACTION_MAX:
        raise ConfigurationError(
            f"The action {name!r} needs a name of letters, digits and underscores, with up to "
            f"{ACTION_MAX} characters."
        )
