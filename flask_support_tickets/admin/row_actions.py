"""The host's row actions: declare them with `row_action`, and run them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple, TypeVar

from flask import flash, redirect
from flask.typing import ResponseReturnValue
from flask_admin import expose
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response

from .. import services
from ..errors import ConfigurationError, Invalid, InvalidTransition
from ..models import Action
from ..models.event import ACTION_MAX
from ..transaction import unit_of_work
from ..web.action_results import bulk_result_text
from ..web.forms import button_problem
from .base_view import StaffView, is_confirmed

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

    A method that overrides a row action stays one, even without the decorator, and None removes it.
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
    if name in taken or name in (*Action, "Open", "Comment"):
        raise ConfigurationError(f"The action {name!r} already exists.")
    if not name.isidentifier() or len(name) > ACTION_MAX:
        raise ConfigurationError(
            f"The action {name!r} needs a name of letters, digits and underscores, with up to "
            f"{ACTION_MAX} characters."
        )


class RowActionsView(StaffView):
    """The part of the view that runs the host's row actions."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.row_actions = row_actions_of(type(self))
        super().__init__(*args, **kwargs)

    @expose("/<ticket_id>/action/<action_name>", methods=["GET"])
    def row_action_back_view(self, ticket_id: str, action_name: str) -> ResponseReturnValue:
        """Redirect to the ticket. If a POST requires signing in, the user returns here with GET."""
        return redirect(self.url_to_return_to(self.get_one(ticket_id)), 303)

    @expose("/<ticket_id>/action/<action_name>", methods=["POST"])
    def row_action_view(self, ticket_id: str, action_name: str) -> ResponseReturnValue:
        """Run a row action, flash its message, and redirect to the page with the button."""
        ticket = self.get_one(ticket_id)
        action = self.row_actions.get(action_name)
        if action is None:
            raise NotFound
        if not self.is_row_action_allowed(action.name, ticket):
            raise Forbidden
        problem = button_problem()
        if problem is not None:
            flash(problem, "error")
        elif action.confirmation and not is_confirmed():
            back = self.url_to_return_to(ticket)
            return self.ask(str(action.confirmation), str(action.text), [ticket.id], back)
        else:
            response = self._run(action, ticket.id)
            if response is not None:
                return response
        return redirect(self.url_to_return_to(ticket), 303)

    def _run(self, action: RowAction, ticket_id: int) -> Response | None:
        """Run the action and flash its message, or return its response."""

        def change(tickets: list[Any]) -> Any:
            if self.is_forbidden(action.name, ticket_id):  # now that no one else can change it
                raise Forbidden
            return getattr(self, action.method)(tickets[0])

        actor, name = self.current_staff(), action.name
        try:
            message = unit_of_work(
                services.run_host_action, change, actor=actor, ticket_ids=[ticket_id], action=name
            )
        except (Invalid, InvalidTransition) as error:
            flash(f"#{ticket_id}: {' '.join(error.sentences)}", "error")
            return None
        if isinstance(message, Response):
            return message
        done = bulk_result_text(ticket_id, "done", None, None, str(action.text))
        flash(str(message) if message else done, "success")
        return None
