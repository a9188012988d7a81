"""A host in a few lines, made for each test: its own db object, users, Admin and app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, request
from flask.testing import FlaskClient
from flask_admin import Admin
from flask_login import LoginManager, UserMixin, login_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, Integer, String, select

PEOPLE = {"alice": "user", "bob": "user", "mona": "moderator"}


@dataclass
class Users:
    """A db object with a user model on it."""

    db: SQLAlchemy
    User: Any


def declare_users(
    key: Column[Any] | None = None,
    *,
    bind_key: str | None = None,
    role_type: Any = None,
    **options: Any,
) -> Users:
    """Declare a user model with ``key`` on a new db object, whose sessions have ``options``."""
    db = SQLAlchemy(session_options=options)

    class User(UserMixin, db.Model):
        __tablename__ = "person"
        if bind_key is not None:
            __bind_key__ = bind_key
        id = Column(Integer, primary_key=True) if key is None else key
        username = db.Column(db.String(80), unique=True, nullable=False)
        role = db.Column(role_type or String(20))

        def get_id(self) -> str:
            return str(self.username)

    return Users(db, User)


def make_app(users: Users, uri: str = "sqlite://", **config: Any) -> Flask:
    """Return an app with sign-in by name and without tickets; the license switch is on."""
    app = Flask("small")
    app.config.update(
        TESTING=True,
        SECRET_KEY="only for tests",
        SQLALCHEMY_DATABASE_URI=uri,
        supportTickets=True,
    )
    app.config.update(config)
    users.db.init_app(app)
    add_sign_in(app, users)
    return app


def add_sign_in(app: Flask, users: Users) -> None:
    """Give ``app`` Flask-Login, ``POST /login`` and a home page."""
    manager = LoginManager(app)
    manager.login_view = "login"
    manager.user_loader(lambda username: find_user(users, username))

    @app.route("/login", methods=["GET", "POST"])
    def login() -> str:
        if request.method == "POST":
            login_user(find_user(users, request.form["username"]))
        return "signed in"

    app.add_url_rule("/", "home", lambda: "the host's home")


def find_user(users: Users, username: str) -> Any:
    """Return a user by name."""
    return users.db.session.scalar(select(users.User).filter_by(username=username))


def settle(app: Flask, users: Users, **keys: Any) -> None:
    """Create the tables and the people in `PEOPLE`; ``keys`` gives some of them an id."""
    with app.app_context():
        users.db.create_all()
        for username, role in PEOPLE.items():
            given = {"id": keys[username]} if username in keys else {}
            users.db.session.add(users.User(username=username, role=role, **given))
        users.db.session.commit()


def dispose(app: Flask, users: Users) -> None:
    """Close the app's database connections."""
    with app.app_context():
        users.db.session.remove()
        for engine in users.db.engines.values():
            engine.dispose()


def sign_in(app: Flask, username: str | None) -> FlaskClient:
    """Return a client of one user; ``None`` is anonymous."""
    client = app.test_client()
    if username is not None:
        assert client.post("/login", data={"username": username}).status_code == 200
    return client


def new_admin(app: Flask | None = None, **options: Any) -> Admin:
    """Return a Flask-Admin called Acme."""
    return Admin(app, name="Acme", **options)
