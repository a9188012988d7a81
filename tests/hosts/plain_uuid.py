"""A host on plain Flask-Login whose user keys are UUIDs and whose sessions hold another token."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from flask import Flask, request
from flask_admin import Admin
from flask_login import LoginManager, UserMixin, login_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Uuid

from flask_support_tickets import SupportTickets

db = SQLAlchemy()
login_manager = LoginManager()
login_manager.login_view = "login"


class User(UserMixin, db.Model):
    """A person; ``get_id`` is an alternative token, so that sessions can be revoked."""

    id = db.Column(Uuid, primary_key=True, default=uuid.uuid4)
    email = db.Column(db.String(120), unique=True, nullable=False)
    role = db.Column(db.String(20), default="member")
    session_token = db.Column(db.String(64), unique=True, default=secrets.token_hex)

    def get_id(self) -> str:
        return str(self.session_token)


@login_manager.user_loader
def load_user(token: str) -> Any:
    return db.session.scalar(db.select(User).filter_by(session_token=token))


tickets = SupportTickets(db=db, user_model=User)


def create_app(uri: str) -> Flask:
    app = Flask(__name__)
    app.config.update(TESTING=True, SECRET_KEY="only for tests", SQLALCHEMY_DATABASE_URI=uri)
    app.config["supportTickets"] = True
    db.init_app(app)
    login_manager.init_app(app)
    tickets.init_app(app, admin=Admin(app, name="Acme"))

    @app.route("/login", methods=["GET", "POST"])
    def login() -> str:
        if request.method == "POST":
            login_user(db.session.scalar(db.select(User).filter_by(email=request.form["email"])))
        return "signed in"

    return app
