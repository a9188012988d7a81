"""Who is signed in: by cookie for people, by bearer token for programs."""

from __future__ import annotations

import click
from flask import (
    Blueprint,
    Request,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.cli import with_appcontext
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.security import check_password_hash

from .accounts import MAIN_ACCOUNTS, PASSWORD
from .extensions import db, login_manager
from .local_path import local_path
from .models import USERNAME_MAX, User

TOKEN_MAX_AGE_DAYS = 30

auth = Blueprint("auth", __name__)


@login_manager.user_loader
def load_user(key: str) -> User | None:
    """Return the user of a session; None once the account is not active any more."""
    user = db.session.get(User, int(key))
    return user if user is not None and user.active else None


@login_manager.request_loader
def load_user_by_token(incoming: Request) -> User | None:
    """Return the user of ``Authorization: Bearer <token>``; None for a bad or old token."""
    scheme, _, token = incoming.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    try:
        key = _serializer().loads(token.strip(), max_age=TOKEN_MAX_AGE_DAYS * 86_400)
    except BadSignature:
        return None
    return load_user(key)


@auth.get("/login")
def login() -> ResponseReturnValue:
    """Show the form, and the accounts of the demo."""
    target = _target()
    if current_user.is_authenticated:
        return redirect(target, 303)
    return _form(target)


@auth.post("/login")
def sign_in() -> ResponseReturnValue:
    """Sign in and go to ``next``; 401 with the form for a wrong name or password.

    There is no CSRF token: the session cookie is ``SameSite=Lax``, and signing somebody in as
    oneself gains nothing here.
    """
    target, username = _target(), request.form.get("username", "")
    user = find_user(username)
    if (
        user is None
        or not user.active
        or not check_password_hash(user.password_hash, request.form.get("password", ""))
    ):
        return _form(target, username=username, is_refused=True), 401
    session.clear()
    login_user(user)
    return redirect(target, 303)


@auth.post("/logout")
def logout() -> ResponseReturnValue:
    """Sign out."""
    logout_user()
    session.clear()
    return redirect(url_for("feed.show_feed"), 303)


@click.command("token")
@click.argument("username")
@with_appcontext
def token_command(username: str) -> None:
    """Print a bearer token for USERNAME, good for 30 days."""
    user = find_user(username)
    if user is None or not user.active:
        raise click.ClickException(f"There is no active account named {username!r}.")
    click.echo(_serializer().dumps(user.get_id()))


def find_user(username: str) -> User | None:
    """Return the user with this name; what cannot be a name is not looked for."""
    if not username.isprintable() or not 0 < len(username) <= USERNAME_MAX:
        return None
    found: User | None = db.session.scalar(db.select(User).filter_by(username=username))
    return found


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="example_app.token")


def _target() -> str:
    asked = request.form.get("next") or request.args.get("next")
    return local_path(asked) or url_for("feed.show_feed")


def _form(target: str, *, username: str = "", is_refused: bool = False) -> str:
    return render_template(
        "login.html",
        target=target,
        username=username,
        is_refused=is_refused,
        accounts=MAIN_ACCOUNTS,
        password=PASSWORD,
    )
