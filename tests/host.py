"""The host the tests run in: a plain Flask app with integer users, on any database."""

from __future__ import annotations

import contextvars
from typing import Any

from flask import Flask, request
from flask.testing import FlaskClient
from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme
from flask_login import LoginManager, UserMixin, login_user, logout_user
from flask_sqlalchemy import SQLAlchemy

from flask_support_tickets import SupportTickets

db = SQLAlchemy()


class IsolatedClient(FlaskClient):
    """A client whose requests see nothing of the test's own app context.

    Flask would share ``g`` with a context that is already pushed, and Flask-Login keeps the user
    there: without this, alice reads as bob.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        return contextvars.Context().run(super().open, *args, **kwargs)


class User(UserMixin, db.Model):
    """A user of the host."""

    __tablename__ = "host_user"

    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(80), unique=True, nullable=False)
    role = db.Column(db.String(20))
    active = db.Column(db.Boolean, default=True, nullable=False)

    @property
    def is_active(self) -> bool:
        return bool(self.active)


tickets = SupportTickets(db=db, user_model=User)


def create_host(uri: str, *, extension: SupportTickets = tickets, **config: Any) -> Flask:
    """Return an app on ``uri`` with sign-in by cookie (``/login``) and by bearer token."""
    app = Flask("host")
    app.test_client_class = IsolatedClient
    app.config.update(
        TESTING=True,
        SECRET_KEY="only for tests",
        SQLALCHEMY_DATABASE_URI=uri,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": True},
        supportTickets=True,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.config.update(config)
    db.init_app(app)
    add_sign_in(app)
    admin = Admin(app, name="Acme", theme=Bootstrap4Theme())
    extension.init_app(app, admin=admin)
    app.add_url_rule("/", "home", lambda: "the host's home")
    return app


def add_sign_in(app: Flask) -> None:
    """Give ``app`` Flask-Login, ``POST /login`` and ``POST /logout``."""
    manager = LoginManager(app)
    manager.login_view = "login"
    manager.user_loader(lambda key: db.session.get(User, int(key)))
    manager.request_loader(user_by_token)

    @app.route("/login", methods=["GET", "POST"])
    def login() -> str:
        if request.method == "POST":
            login_user(db.session.scalar(db.select(User).filter_by(**request.form)), force=True)
        return "signed in"

    @app.post("/logout")
    def logout() -> str:
        logout_user()
        return "signed out"


def user_by_token(incoming: Any) -> User | None:
    """Return the user whose name follows ``Bearer``."""
    scheme, _, name = incoming.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer":
        return None
    user: User | None = db.session.scalar(db.select(User).filter_by(username=name))
    return user
