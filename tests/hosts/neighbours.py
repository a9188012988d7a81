"""Hosts built with other extensions: each adds views of its own to what `small` has."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import marshmallow
from apiflask import APIFlask
from flask import Flask, abort, request
from flask_limiter import Limiter
from flask_smorest import Api, Blueprint
from flask_talisman import Talisman
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf
from jinja2 import StrictUndefined

from flask_support_tickets import SupportTickets

from .small import add_sign_in, declare_users, dispose, new_admin, settle

#: The largest body that the host's own views take, in bytes.
HOSTS_MAX_BYTES = 1_000


class Pet(marshmallow.Schema):
    """What the host's own API takes."""

    name = marshmallow.fields.String(required=True)
    legs = marshmallow.fields.Integer(strict=True)


def add_views(app: Flask) -> None:
    """Add plain views, one for each way to fail."""
    app.add_url_rule("/hosts/page", "page", lambda: "<h1>the host's page</h1>")
    app.add_url_rule("/hosts/abort/<int:code>", "stop", lambda code: abort(code))
    app.add_url_rule("/hosts/broken", "broken", lambda: 1 / 0)
    app.post("/hosts/form", endpoint="form")(lambda: f"taken: {request.form.get('text')}")

    @app.post("/hosts/json")
    def take_json() -> Any:
        return {"taken": request.get_json()}


def add_smorest(app: Flask) -> None:
    """Add flask-smorest with a blueprint; its `Api` handles the errors of the whole app."""
    app.config.update(
        API_TITLE="Pets", API_VERSION="v1", OPENAPI_VERSION="3.1.0", OPENAPI_URL_PREFIX="/hosts"
    )
    pets = Blueprint("pets", "pets", url_prefix="/hosts/smorest")

    @pets.route("/pets", methods=["POST"])
    @pets.arguments(Pet)
    @pets.response(201, Pet)
    def add_pet(pet: dict[str, Any]) -> dict[str, Any]:
        return pet

    Api(app).register_blueprint(pets)


def add_apiflask_views(app: APIFlask) -> None:
    """Add a view as APIFlask does; such an app answers all its errors as JSON."""

    @app.post("/hosts/apiflask/pets")
    @app.input(Pet, arg_name="pet")
    @app.output(Pet, status_code=201)
    def add_pet(pet: dict[str, Any]) -> dict[str, Any]:
        return pet


def add_limiter(app: Flask) -> None:
    """Add Flask-Limiter with default limits, which hold for every view of the app."""
    app.config.setdefault("RATELIMIT_DEFAULT", "500/minute")
    Limiter(lambda: "everybody", app=app, storage_uri="memory://")


def be_strict(app: Flask) -> None:
    """Add a CSP to every response, CSRF tokens to every form, and fail on undefined names."""
    Talisman(app, force_https=False, session_cookie_secure=False)
    csrf = CSRFProtect(app)
    for name in ("login", "take_json", "pets.add_pet", "add_pet"):
        if name in app.view_functions:
            csrf.exempt(app.view_functions[name])
    app.add_url_rule("/hosts/token", "hosts_token", generate_csrf)
    app.jinja_env.undefined = StrictUndefined


#: By the name of the host: what it is built with.
HOSTS: dict[str, Collection[Any]] = {
    "flask-smorest": [add_smorest],
    "APIFlask": [add_apiflask_views],
    "Flask-Limiter": [add_limiter],
    "strict": [be_strict],
    "all": [add_smorest, add_apiflask_views, add_limiter, be_strict],
}


@contextmanager
def running_host(
    name: str, uri: str, *, with_tickets: str = "last", **config: Any
) -> Iterator[Flask]:
    """Yield a host of `HOSTS` with its tables and people.

    ``with_tickets`` says when the extension is set up: ``first``, ``last`` or ``never``.
    """
    users = declare_users()
    app = (APIFlask if add_apiflask_views in HOSTS[name] else Flask)("neighbour")
    app.config.update(SECRET_KEY="only for tests", SQLALCHEMY_DATABASE_URI=uri)
    app.config.update(MAX_CONTENT_LENGTH=HOSTS_MAX_BYTES, supportTickets=True, **config)
    users.db.init_app(app)
    add_sign_in(app, users)
    add_views(app)
    admin = new_admin(app)
    tickets = SupportTickets(db=users.db, user_model=users.User)
    if with_tickets == "first":
        tickets.init_app(app, admin=admin)
    for add in HOSTS[name]:
        add(app)
    if with_tickets == "last":
        tickets.init_app(app, admin=admin)
    settle(app, users)
    yield app
    dispose(app, users)
