"""The Flask-Admin view and its registration."""

from __future__ import annotations

from flask import Flask
from flask_admin import Admin

from ..current import find_state
from ..errors import ConfigurationError
from .bulk import BulkView
from .details import DetailsView
from .export import ExportView
from .menu import MenuName
from .queue import QueueView
from .statistics import StatisticsView
from .transitions import TransitionsView

ENDPOINT = "support_tickets_admin"


class TicketsView(QueueView, BulkView, ExportView, StatisticsView, DetailsView, TransitionsView):
    """The Flask-Admin view, a ``BaseView`` without the stock routes of a ``ModelView``."""


def attach(app: Flask, admin: Admin) -> None:
    """Add the view to ``admin`` and register it on ``app``. Repeated calls have no effect.

    An Admin that is not on ``app`` yet registers the view later, in its ``init_app``. Because one
    Admin can serve several apps, the view is registered here instead of by ``Admin.add_view``.
    Raises `ConfigurationError` if two Admins on ``app`` use the same endpoint.
    """
    state = find_state(app)
    assert state is not None
    view = next((view for view in admin._views if isinstance(view, TicketsView)), None)
    if view is None:
        is_taken = ENDPOINT in app.blueprints or ENDPOINT in state.blueprint_names
        view = TicketsView(endpoint=f"{ENDPOINT}_{admin.endpoint}" if is_taken else ENDPOINT)
        last_app, admin.app = admin.app, None
        admin.add_view(view)
        admin.app = last_app
        view.menu._cache = False  # a cached URL would keep the script name from the first request
        view.menu.name = MenuName(view.name)
    taken = app.blueprints.get(view.endpoint)
    if taken is not None and taken.url_prefix != view._get_view_url(admin, None):
        raise ConfigurationError(
            f"Two Admins on {app.name!r} use the endpoint {view.endpoint!r}. Set up the Admin that "
            "several apps share first."
        )
    state.blueprint_names.add(view.endpoint)
    is_on_app = any(each is admin for each in app.extensions.get("admin", ()))
    if is_on_app and view.endpoint not in app.blueprints:
        app.register_blueprint(view.create_blueprint(admin), host=admin.host)
