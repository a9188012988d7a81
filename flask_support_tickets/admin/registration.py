"""Register a `TicketView` with an Admin."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_admin import Admin

from ..current import TicketsState, find_state
from ..errors import ConfigurationError
from .attribute_checks import check_attributes
from .menu import MenuName
from .notifications import NotificationView
from .saved_replies import SavedReplyView
from .tags import TagView
from .ticket_view import TicketView

ENDPOINT = "support_tickets_admin"


def attach(app: Flask, admin: Admin, view_class: type[Any] | None = None) -> None:
    """Add a view to ``admin`` and register it on ``app``. Repeated calls have no effect.

    An Admin that is not on ``app`` yet registers the view later, in its ``init_app``. Because one
    Admin can serve several apps, the view is registered here instead of by ``Admin.add_view``.
    Raises `ConfigurationError` if the view has a wrong attribute, or if the Admin or the endpoint
    already has another view.
    """
    state = find_state(app)
    assert state is not None
    view = next((view for view in admin._views if isinstance(view, TicketView)), None)
    if view is None:
        view = _create(state, admin, view_class or TicketView)
    elif type(view) is not (view_class or type(view)) or view.model is not state.models.Ticket:
        raise ConfigurationError(
            f"This Admin already has a ticket view ({type(view).__name__}). Give the second one an "
            'Admin of its own, such as Admin(url="/desk", endpoint="desk").'
        )
    for each in (view, *view.siblings):
        _register(state, admin, each)


def _register(state: TicketsState, admin: Admin, view: Any) -> None:
    """Register a view on the app, unless the Admin is not on it yet."""
    app = state.app
    taken = app.blueprints.get(view.endpoint)
    if taken is not None and taken.url_prefix != view._get_view_url(admin, None):
        raise ConfigurationError(
            f"Two Admins on {app.name!r} use the endpoint {view.endpoint!r}. Set up the Admin that "
            "several apps share first."
        )
    if view.endpoint not in app.blueprints:
        _refuse_taken_url(app, f"{view._get_view_url(admin, None)}/")
    state.blueprint_names.add(view.endpoint)
    is_on_app = any(each is admin for each in app.extensions.get("admin", ()))
    if is_on_app and view.endpoint not in app.blueprints:
        app.register_blueprint(view.create_blueprint(admin), host=admin.host)


def _refuse_taken_url(app: Flask, url: str) -> None:
    taken = next((rule.endpoint for rule in app.url_map.iter_rules() if rule.rule == url), None)
    if taken is not None:
        raise ConfigurationError(
            f"The endpoint {taken!r} already serves {url!r}. Give that view another URL."
        )


def _create(state: TicketsState, admin: Admin, view_class: type[Any]) -> TicketView:
    """Create the view and add it to ``admin`` without registering it on the Admin's last app."""
    is_taken = ENDPOINT in state.app.blueprints or ENDPOINT in state.blueprint_names
    endpoint = f"{ENDPOINT}_{admin.endpoint}" if is_taken else ENDPOINT
    view = check_view(state, view_class, endpoint)
    view.siblings = [
        SavedReplyView(state.models.TicketSavedReply, state.db, view),
        TagView(state.models.TicketTag, state.db, view),
        NotificationView(state.models.TicketNotification, state.db, view),
    ]
    last_app, admin.app = admin.app, None
    for each in (view, *view.siblings):
        admin.add_view(each)
        each.menu._cache = False  # a cached URL would keep the script name from the first request
    admin.app = last_app
    menu: Any = view.menu
    menu.is_accessible = view.is_open  # a subclass can only tighten the access
    menu.name = MenuName(view)
    return view


def check_view(
    state: TicketsState, view_class: type[Any] | None, endpoint: str = ENDPOINT
) -> TicketView:
    """Return a view that has not been added anywhere. Raises `ConfigurationError`."""
    view_class = view_class or TicketView
    if not (isinstance(view_class, type) and issubclass(view_class, TicketView)):
        raise ConfigurationError("ticket_view must be a subclass of TicketView, not an instance.")
    view = view_class(state.models.Ticket, state.db, endpoint)
    check_attributes(view, state)
    return view
