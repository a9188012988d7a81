"""Tell an app's Flask-Migrate what it has to know of us, whichever of the two comes first."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from typing import Any

from flask import Flask, appcontext_pushed

from ..current import current_tickets
from .autogenerate import autogenerate_options

_KEY = "migrate"
_OPTIONS = ("include_name", "render_item", "process_revision_directives")


def prepare_migrate(app: Flask) -> None:
    """Add our options to those of the app's Flask-Migrate, now or once it is there."""
    if _KEY in app.extensions:
        _add_options(app)
    elif find_spec("flask_migrate") is not None:
        appcontext_pushed.connect(_look_again, app)


def _look_again(app: Flask, **_: Any) -> None:
    if _KEY in app.extensions:
        appcontext_pushed.disconnect(_look_again, app)
        _add_options(app)


def _add_options(app: Flask) -> None:
    options = app.extensions[_KEY].configure_args
    own = {name: options.get(name) for name in _OPTIONS}
    own["process_revision_directives"] = own["process_revision_directives"] or _leave_out_empty
    options.update(autogenerate_options(**own))


def _leave_out_empty(context: Any, _revision: Any, scripts: list[Any]) -> None:
    """Write no revision without a change: Flask-Migrate's own rule, which it gives up for ours."""
    if not getattr(context.config.cmd_opts, "autogenerate", False):
        return
    operations = scripts[0].upgrade_ops_list
    is_one_of_many = context.opts["upgrade_token"] != "upgrades"
    expected = len(current_tickets.db.engines) if is_one_of_many else 1
    if len(operations) >= expected and all(each.is_empty() for each in operations):
        scripts.clear()
        logging.getLogger("alembic.env").info("No changes in schema detected.")
