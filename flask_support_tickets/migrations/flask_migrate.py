"""Configure the host's Flask-Migrate extension, even if it is initialized later."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from flask import Flask, appcontext_pushed, request_started

from .autogenerate import autogenerate_options

_KEY = "migrate"
_PROCESS = "process_revision_directives"


class _Options(dict[str, Any]):
    """The options that Flask-Migrate passes to Alembic.

    Before Flask-Migrate 4.0.5, ``env.py`` passes ``process_revision_directives`` separately. Later
    versions set it here if it is missing. Therefore, we do not add it, but wrap it when it is set.
    """

    def __setitem__(self, name: str, value: Any) -> None:
        if name == _PROCESS:
            value = autogenerate_options(process_revision_directives=value)[_PROCESS]
        super().__setitem__(name, value)


def prepare_migrate(app: Flask) -> None:
    """Add our options to the app's Flask-Migrate extension, now or once it is initialized."""
    if _KEY in app.extensions:
        _add_options(app)
    elif find_spec("flask_migrate") is not None:
        appcontext_pushed.connect(_retry, app)
        request_started.connect(_stop, app)  # by then, the app is set up


def _retry(app: Flask, **_: Any) -> None:
    if _KEY in app.extensions:
        _stop(app)
        _add_options(app)


def _stop(app: Flask, **_: Any) -> None:
    appcontext_pushed.disconnect(_retry, app)
    request_started.disconnect(_stop, app)


def _add_options(app: Flask) -> None:
    migrate = app.extensions[_KEY]
    options = _Options(migrate.configure_args)
    names = ("include_name", "render_item")
    ours = autogenerate_options(**{name: options.get(name) for name in names})
    options.update({name: ours[name] for name in names})
    if options.get(_PROCESS) is not None:
        options[_PROCESS] = options[_PROCESS]  # wraps the function
    migrate.configure_args = options
