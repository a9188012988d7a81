"""The application factory: settings, extensions, pages; in this order."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from flask_support_tickets import prepare_sqlite

from . import demo
from .admin_site import create_admin
from .auth import auth, token_command
from .extensions import db, login_manager, tickets
from .feed import feed
from .html_errors import show_errors_as_pages
from .language import offer_languages
from .mailbox import open_mailbox
from .people import people
from .security_headers import add_security_headers
from .settings_pages import settings_pages

#: What the app sets for itself; a config given to `create_app` goes over it.
DEFAULTS: Mapping[str, Any] = {
    # The Bootswatch theme of the admin site. "darkly" and other dark ones have a dark frame.
    "ADMIN_SWATCH": "default",
    "SESSION_COOKIE_SAMESITE": "Lax",
    "SUPPORT_TICKETS_API_DOCS": True,
    "SUPPORT_TICKETS_BASE_TEMPLATE": "layout.html",
    "SUPPORT_TICKETS_DEPARTMENTS": (
        "Account",
        "Billing",
        "Abuse",
        "Technical",
        "Feature request",
    ),
    # The switch. Take it away and every trace of the tickets is gone from the site.
    "supportTickets": True,
}
_REQUIRED = {
    "SECRET_KEY": "Set SECRET_KEY to a long random value: it signs who is signed in.",
    "SQLALCHEMY_DATABASE_URI": "Set SQLALCHEMY_DATABASE_URI to the address of your database.",
}


def create_app(
    config: Mapping[str, Any] | None = None,
    *,
    instance_path: str | Path | None = None,
    address: str = demo.ADDRESS,
) -> Flask:
    """Return the app; without a config it is the demo, with accounts, posts and tickets.

    The demo keeps its database and its secret in ``instance_path`` and makes both on first
    start. It writes the emails of the tickets to a folder; their links lead to ``address``. With a
    config, nothing is made: no file, no table, no row. With ``TESTING``, an empty database gets
    its tables and the accounts. Raises RuntimeError if that config has no secret or no database.
    """
    folder = str(Path(instance_path).resolve()) if instance_path else None
    app = Flask(__name__, instance_path=folder)
    app.config.update(DEFAULTS)
    app.config.update(demo.settings(Path(app.instance_path), address) if config is None else config)
    for key, sentence in _REQUIRED.items():
        if not app.config.get(key):
            raise RuntimeError(sentence)
    _set_up(app)
    if config is None:
        demo.make_database(Path(app.instance_path), create_app)
    elif app.testing:
        demo.make_accounts(app)
    return app


def _set_up(app: Flask) -> None:
    db.init_app(app)
    login_manager.init_app(app)
    with app.app_context():
        prepare_sqlite(db)  # does nothing on other databases
    for blueprint in (auth, feed, people, settings_pages):
        app.register_blueprint(blueprint)
    offer_languages(app)
    open_mailbox(app)
    app.cli.add_command(token_command)
    tickets.init_app(app, admin=create_admin(app))
    add_security_headers(app)
    show_errors_as_pages(app)
