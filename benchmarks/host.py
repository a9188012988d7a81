"""The host app that is measured: users, sign-in, Flask-Admin, and the extension."""

from __future__ import annotations

from typing import Any

from flask import Flask, jsonify, request
from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event

import flask_support_tickets
from flask_support_tickets import SupportTickets

from .contestant import USER_AGENT

db = SQLAlchemy()

#: What every connection to SQLite is set to, for all contestants alike.
SQLITE_PRAGMAS = (
    "journal_mode = WAL",
    "busy_timeout = 5000",
    "foreign_keys = ON",
    "synchronous = NORMAL",
)


class User(UserMixin, db.Model):
    """A user of the host."""

    __tablename__ = "host_user"

    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(80), unique=True, nullable=False)
    role = db.Column(db.String(20))

    def __str__(self) -> str:
        return str(self.username)


class Fact(db.Model):
    """Something the generator knows of what it made: how many, which are the special ones."""

    __tablename__ = "benchmark_fact"

    name = db.Column(db.String(40), primary_key=True)
    value = db.Column(db.String(200), nullable=False)


class FloorTotal(db.Model):
    """The floor's own totals: what somebody who writes SQL by hand would keep."""

    __tablename__ = "benchmark_floor_total"

    status = db.Column(db.SmallInteger, primary_key=True, autoincrement=False)
    total = db.Column(db.Integer, nullable=False)


tickets = SupportTickets(db=db, user_model=User)


def create_app(uri: str, *, with_extension: bool = True, **config: Any) -> Flask:
    """Return the host on ``uri``; without the extension it is the same app otherwise."""
    app = Flask("benchmark_host")
    options: dict[str, Any] = {}
    if not uri.startswith("sqlite"):
        options = {"pool_size": 20, "max_overflow": 20}
    app.config.update(
        SECRET_KEY="only for benchmarks",
        SQLALCHEMY_DATABASE_URI=uri,
        SQLALCHEMY_ENGINE_OPTIONS=options,
        supportTickets=True,
    )
    app.config.update(config)
    db.init_app(app)
    tune_sqlite(app)
    add_sign_in(app)
    app.add_url_rule("/", "home", lambda: "the host's home")
    app.add_url_rule("/bare", "bare", bare)
    admin = Admin(app, name="Acme", theme=Bootstrap4Theme())
    if with_extension:
        tickets.init_app(app, admin=admin)
    return app


@login_required
def bare() -> Any:
    """The least a signed-in route does: the user by ORM, and a small JSON."""
    return jsonify(
        {"success": True, "data": {"id": current_user.id, "name": current_user.username}}
    )


def add_sign_in(app: Flask) -> None:
    """Give ``app`` Flask-Login and ``POST /login``."""
    manager = LoginManager(app)
    manager.login_view = "login"
    manager.user_loader(lambda key: db.session.get(User, int(key)))

    @app.route("/login", methods=["GET", "POST"])
    def login() -> str:
        if request.method == "POST":
            login_user(db.session.scalar(db.select(User).filter_by(**request.form)))
        return "signed in"


def cookie_of(app: Flask, username: str) -> str:
    """Return the Cookie header of a signed-in user; it holds for every app with this secret.

    It is that of a browser that has seen a form of ours: there is a CSRF token in the session.
    """
    client = app.test_client()
    client.environ_base["HTTP_USER_AGENT"] = USER_AGENT
    client.post("/login", data={"username": username})
    client.get("/settings/ticket/new")
    cookie = client.get_cookie("session")
    assert cookie is not None
    return f"session={cookie.value}"


def tune_sqlite(app: Flask) -> None:
    """Set every new connection to SQLite up; does nothing for other databases."""
    prepare = getattr(flask_support_tickets, "prepare_sqlite", None)
    with app.app_context():
        if prepare is not None:  # what the package advises hosts to do
            prepare(db)
        elif db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _on_connect)


def _on_connect(connection: Any, _record: object) -> None:
    for pragma in SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
