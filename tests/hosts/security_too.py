"""A host on Flask-Security-Too: role rows, ``fs_uniquifier``, its own login manager and pages."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_security import RoleMixin, Security, SQLAlchemyUserDatastore, UserMixin, hash_password
from flask_sqlalchemy import SQLAlchemy

from flask_support_tickets import SupportTickets

from .small import new_admin

db = SQLAlchemy()

roles_users = db.Table(
    "roles_users",
    db.Column("user_id", db.ForeignKey("user.id"), primary_key=True),
    db.Column("role_id", db.ForeignKey("role.id"), primary_key=True),
)


class Role(RoleMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80), unique=True, nullable=False)


class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    email = db.Column(db.String(255), unique=True, nullable=False)
    password = db.Column(db.String(255))
    active = db.Column(db.Boolean, nullable=False, default=True)
    fs_uniquifier = db.Column(db.String(64), unique=True, nullable=False)
    roles = db.relationship(Role, secondary=roles_users, backref="users")


datastore = SQLAlchemyUserDatastore(db, User, Role)
tickets = SupportTickets(db=db, user_model=User)


def create_app(uri: str) -> Flask:
    app = Flask(__name__)
    app.config.update(
        TESTING=True,
        SECRET_KEY="only for tests",
        SQLALCHEMY_DATABASE_URI=uri,
        SECURITY_PASSWORD_SALT="only for tests",
        SECURITY_PASSWORD_HASH="plaintext",
        SECURITY_PASSWORD_SCHEMES=["plaintext"],
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        supportTickets=True,
    )
    db.init_app(app)
    Security(app, datastore)
    tickets.init_app(app, admin=new_admin(app))
    return app


def add_user(email: str, role: str | None = None, **columns: Any) -> None:
    """Make a user with the password ``correct horse``."""
    roles = [datastore.find_or_create_role(role)] if role else []
    datastore.create_user(
        email=email, password=hash_password("correct horse"), roles=roles, **columns
    )
    db.session.commit()
