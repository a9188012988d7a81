"""Configure the host's Flask-Migrate, whichever of the two is initialized first."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from flask import Flask, appcontext_pushed, request_started

from .autogenerate import autogenerate_options

_KEY = "migrate"
_PROCESS = "process_revision_directives"


class _Options(dict[str, Any]):
    """What Flask-Migrate hands to Alembic.

    A host's ``env.py`` puts its rule for empty revisions here when there is none (Flask-Migrate
    from 4.0.5 on), or hands one over itself, which would clash with one that is here already. So
    ours waits for that one, and goes along with it.
    """

    def __setitem__(self, name: str, value: Any) -> None:
        if name == _PROCESS:
            value = autogenerate_options(process_revision_directives=value)[_PROCESS]
        super().__setitem__(name, value)


def prepare_migrate(app: Flask) -> None:
    """Add our options to those of the app's Flask-Migrate, now or once it is there."""
    if _KEY in app.extensions:
        _add_options(app)
    elif find_spec("flask_migrate") is not None:
        appcontext_pushed.connect(_look_again, app)
        request_started.connect(_look_no_more, app)


def _look_again(app: Flask, **_: Any) -> None:
    if _KEY in app.extensions:
        _look_no_more(app)
        _add_options(app)


def _look_no_more(app: Flask, **_: Any) -> None:
    """An app that has begun to serve is set up, and need not pay for this in each request."""
    appcontext_pushed.disconnect(_look_again, app)
    request_started.disconnect(_look_no_more, app)


def _add_options(app: Flask) -> None:
    migrate = app.extensions[_KEY]
    own = dict(migrate.configure_args)
    names = ("include_name", "render_item")
    ours = autogenerate_options(**{name: own.get(name) for name in names})
    options = _Options({**own, **{name: ours[name] for name in names}})
    if own.get(_PROCESS) is not None:
        options[_PROCESS] = own[_PROCESS]
    migrate.configure_args = options
