"""Register the view with an Admin and its routes with an app, once each, in either order."""

from __future__ import annotations

from flask import Flask
from flask_admin import Admin

from ..current import find_state
from ..errors import ConfigurationError
from .menu import MenuName
from .view import TicketsView

ENDPOINT = "support_tickets_admin"


def attach(app: Flask, admin: Admin) -> None:
    """Serve Support Tickets from ``admin`` on ``app``; a second call changes nothing.

    An Admin that is not yet on the app registers the view itself, in its ``init_app``. One Admin
    can serve several apps; ``admin.app`` is then the last of them, so the view is registered on
    ``app`` here and not by ``Admin.add_view``. Raises `ConfigurationError` when a shared Admin
    brings an endpoint that another Admin of ``app`` has.
    """
    state = find_state(app)
    assert state is not None
    view = next((view for view in admin._views if isinstance(view, TicketsView)), None)
    if view is None:
        view = TicketsView(endpoint=_free_endpoint(app, state.blueprint_names, admin))
        last_app, admin.app = admin.app, None
        admin.add_view(view)
        admin.app = last_app
        view.menu._cache = False  # a cached link would keep the first request's URL prefix
        view.menu.name = MenuName(view.name)
    taken = app.blueprints.get(view.endpoint)
    if taken is not None and taken.url_prefix != view.url_in(admin):
        raise ConfigurationError(
            f"Two Admins of {app.name!r} use the endpoint {view.endpoint!r}: set up the Admin that "
            "several apps share before the others."
        )
    state.blueprint_names.add(view.endpoint)
    is_on_app = any(each is admin for each in app.extensions.get("admin", ()))
    if is_on_app and view.endpoint not in app.blueprints:
        app.register_blueprint(view.create_blueprint(admin), host=admin.host)


def _free_endpoint(app: Flask, taken: set[str], admin: Admin) -> str:
    if ENDPOINT in app.blueprints or ENDPOINT in taken:
        return f"{ENDPOINT}_{admin.endpoint}"
    return ENDPOINT
