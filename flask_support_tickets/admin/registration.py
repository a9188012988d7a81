"""The Flask-Admin view, and its registration with an Admin and an app in either order."""

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
from .transitions import StepsView

ENDPOINT = "support_tickets_admin"


class TicketsView(QueueView, BulkView, ExportView, StatisticsView, DetailsView, StepsView):
    """Support Tickets in Flask-Admin: each base class brings the addresses of one area.

    It is a plain ``BaseView``, not a ``ModelView``: no stock route that edits, deletes, exports or
    sorts exists, so nothing has to be switched off.
    """


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
        is_taken = ENDPOINT in app.blueprints or ENDPOINT in state.blueprint_names
        view = TicketsView(endpoint=f"{ENDPOINT}_{admin.endpoint}" if is_taken else ENDPOINT)
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
