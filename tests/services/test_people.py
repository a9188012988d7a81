"""Names of people: from columns where that is all there is, else from entities by the policy."""

from __future__ import annotations

import pytest
import sqlalchemy
from flask import Flask
from flask_login import LoginManager, UserMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase

from flask_support_tickets import Policy, SupportTickets
from flask_support_tickets.services.people import names_of


class Shouting(Policy):
    def display_name(self, user):
        return user.username.upper()


def plain(db):
    class User(db.Model, UserMixin):
        id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
        username = sqlalchemy.Column(sqlalchemy.String(50))
        email = sqlalchemy.Column(sqlalchemy.String(50))

    return User


def computed(db):
    class User(db.Model, UserMixin):
        id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
        username = sqlalchemy.Column(sqlalchemy.String(50))
        email = sqlalchemy.Column(sqlalchemy.String(50))

        @property
        def display_name(self):
            return f"{self.username} of Acme" if self.username else ""

    return User


def of_kinds(db):
    class User(db.Model, UserMixin):
        id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
        kind = sqlalchemy.Column(sqlalchemy.String(10), default="robot")
        username = sqlalchemy.Column(sqlalchemy.String(50))
        email = sqlalchemy.Column(sqlalchemy.String(50))
        __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "user"}

    class Robot(User):
        __mapper_args__ = {"polymorphic_identity": "robot"}
        name = "A robot"

    return User


@pytest.mark.parametrize(
    ("declare", "policy", "expected", "whole"),
    [
        (plain, None, {1: "rosa", 2: "otto", 3: "User 3"}, False),
        (plain, Shouting(), {1: "ROSA", 2: "User 2", 3: "User 3"}, True),
        (computed, None, {1: "rosa of Acme", 2: "otto", 3: "User 3"}, True),
        (of_kinds, None, {1: "A robot", 2: "A robot", 3: "A robot"}, True),
    ],
)
def test_names_are_the_policys(tmp_path, declare, policy, expected, whole):
    class Base(DeclarativeBase):
        pass

    app, db = Flask(__name__, instance_path=str(tmp_path)), SQLAlchemy(model_class=Base)
    user_model = declare(db)
    app.config |= {"SQLALCHEMY_DATABASE_URI": "sqlite://", "SECRET_KEY": "x"}
    db.init_app(app)
    LoginManager(app)
    SupportTickets(app, db, user_model, policy=policy)
    with app.app_context():
        db.create_all()
        columns = {"kind": "robot"} if hasattr(user_model, "kind") else {}
        rows = [("rosa", None), (None, "otto@example.org"), (None, None)]
        for username, email in rows:
            db.session.execute(
                sqlalchemy.insert(user_model.__table__).values(
                    username=username, email=email, **columns
                )
            )
        db.session.commit()
        seen, loaded = [], []
        sqlalchemy.event.listen(
            user_model, "load", lambda user, _: loaded.append(user), propagate=True
        )
        sqlalchemy.event.listen(
            db.engine, "before_cursor_execute", lambda *args: seen.append(args[2])
        )
        assert names_of([1, 2, 3, None, 987]) == expected
        assert len(seen) == 1
        assert len(loaded) == (3 if whole else 0)
        assert names_of([]) == {}
