"""Hosts that are built with other extensions: each adds views of its own to what `small` has."""

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

    @app.get("/hosts/page")
    def page() -> str:
        return "<h1>the host's page</h1>"

    @app.get("/hosts/abort/<int:code>")
    def stop(code: int) -> None:
        abort(code)

    @app.get("/hosts/broken")
    def broken() -> None:
        raise RuntimeError("a fault of the host")

    @app.post("/hosts/json")
    def take_json() -> Any:
        return {"taken": request.get_json()}

    @app.post("/hosts/form")
    def take_form() -> Any:
        return f"taken: {sorted(name for name in request.form if name != 'csrf_token')}"


def add_smorest(app: Flask) -> None:
    """Add flask-smorest with a blueprint; its `Api` answers the errors of the whole app."""
    app.config.update(
        API_TITLE="Pets", API_VERSION="v1", OPENAPI_VERSION="3.1.0", OPENAPI_URL_PREFIX="/hosts"
    )
    pets = Blueprint("pets", "pets", url_prefix="/hosts/smorest", description="Pets")

    @pets.route("/pets", methods=["GET"])
    @pets.arguments(Pet, location="query")
    @pets.response(200, Pet(many=True))
    def list_pets(query: dict[str, Any]) -> list[dict[str, Any]]:
        return [query]

    @pets.route("/pets", methods=["POST"])
    @pets.arguments(Pet)
    @pets.response(201, Pet)
    def add_pet(pet: dict[str, Any]) -> dict[str, Any]:
        return pet

    Api(app).register_blueprint(pets)


def add_apiflask_views(app: APIFlask) -> None:
    """Add views in the way of APIFlask; such an app answers all its errors as JSON."""

    @app.get("/hosts/apiflask/pets")
    @app.input(Pet, location="query", arg_name="query")
    @app.output(Pet(many=True))
    def list_pets(query: dict[str, Any]) -> list[dict[str, Any]]:
        return [query]

    @app.post("/hosts/apiflask/pets")
    @app.input(Pet, arg_name="pet")
    @app.output(Pet, status_code=201)
    def add_pet(pet: dict[str, Any]) -> dict[str, Any]:
        return pet


def add_limiter(app: Flask) -> None:
    """Add Flask-Limiter with default limits, which hold for every view of the app."""
    app.config.setdefault("RATELIMIT_DEFAULT", "500/minute")
    Limiter(lambda: "everybody", app=app, storage_uri="memory://")


def add_talisman(app: Flask) -> None:
    """Add Flask-Talisman, which sets its policies on every answer."""
    Talisman(app, force_https=False, session_cookie_secure=False)


def add_csrf_protect(app: Flask) -> None:
    """Add Flask-WTF's ``CSRFProtect``, but for the sign-in and the JSON of the host."""
    csrf = CSRFProtect(app)
    for name in ("login", "take_json", "pets.add_pet", "add_pet"):
        if name in app.view_functions:
            csrf.exempt(app.view_functions[name])
    app.add_url_rule("/hosts/token", "hosts_token", generate_csrf)


NEIGHBOURS = {
    "smorest": add_smorest,
    "apiflask": add_apiflask_views,
    "limiter": add_limiter,
    "talisman": add_talisman,
    "csrf_protect": add_csrf_protect,
}
#: By the name of the host: what it is built with.
HOSTS = {
    "flask-smorest": ("smorest",),
    "APIFlask": ("apiflask",),
    "Flask-Limiter": ("limiter",),
    "Flask-Talisman": ("talisman",),
    "CSRFProtect": ("csrf_protect",),
    "all but APIFlask": ("smorest", "limiter", "talisman", "csrf_protect"),
    "all at once": ("smorest", "apiflask", "limiter", "talisman", "csrf_protect"),
}


@contextmanager
def running_host(
    names: Collection[str],
    uri: str,
    *,
    has_tickets: bool = True,
    tickets_first: bool = False,
    **config: Any,
) -> Iterator[Flask]:
    """Yield a host built with ``names`` of `NEIGHBOURS`, its people settled.

    The extension is set up after them, or before (``tickets_first``), or not at all.
    """
    users = declare_users()
    app = (APIFlask if "apiflask" in names else Flask)("neighbour")
    app.config.update(
        SECRET_KEY="only for tests",
        SQLALCHEMY_DATABASE_URI=uri,
        MAX_CONTENT_LENGTH=HOSTS_MAX_BYTES,
        supportTickets=True,
    )
    app.config.update(config)
    users.db.init_app(app)
    add_sign_in(app, users)
    add_views(app)
    admin = new_admin(app)
    tickets = SupportTickets(db=users.db, user_model=users.User)
    if has_tickets and tickets_first:
        tickets.init_app(app, admin=admin)
    for name in names:
        NEIGHBOURS[name](app)
    if has_tickets and not tickets_first:
        tickets.init_app(app, admin=admin)
    settle(app, users)
    yield app
    dispose(app, users)
