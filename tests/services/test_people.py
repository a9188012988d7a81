"""Names of people: from plain columns if possible, else from entities by the policy."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_login import LoginManager, UserMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase

from flask_support_tickets import Actor, Policy, SupportTickets, current_tickets, unit_of_work
from flask_support_tickets.services import list_tickets, open_ticket
from flask_support_tickets.services.user_names import get_user_names


class Shouting(Policy):
    def display_name(self, user):
        return user.username.upper()


class Person(UserMixin):
    id = sa.Column(sa.Integer, primary_key=True)
    username = sa.Column(sa.String(50))
    email = sa.Column(sa.String(50))


def plain(db):
    return type("User", (Person, db.Model), {})


def computed(db):
    name = property(lambda self: f"{self.username} of Acme" if self.username else "")
    return type("User", (Person, db.Model), {"display_name": name})


def of_kinds(db):
    kind = sa.Column(sa.String(10), default="robot")
    mapped = {"polymorphic_on": kind, "polymorphic_identity": "user"}
    user = type("User", (Person, db.Model), {"kind": kind, "__mapper_args__": mapped})
    type(
        "Robot", (user,), {"__mapper_args__": {"polymorphic_identity": "robot"}, "name": "A robot"}
    )
    return user


def in_two_tables(db):
    base = type(
        "Base",
        (db.Model,),
        {"id": sa.Column(sa.Integer, primary_key=True), "name": sa.Column(sa.String(50))},
    )
    columns = {"id": sa.Column(sa.ForeignKey(base.id), primary_key=True)}
    return type("User", (Person, base), columns)


@pytest.mark.parametrize(
    ("declare", "policy", "names", "loads_entities"),
    [
        (plain, None, ("rosa", "otto", "User 3"), False),
        (plain, Shouting(), ("ROSA", "User 2", "User 3"), True),
        (computed, None, ("rosa of Acme", "otto", "User 3"), True),
        (of_kinds, None, ("A robot", "A robot", "A robot"), True),
        (in_two_tables, None, ("rosa", "otto", "User 3"), True),
    ],
)
def test_names_are_those_of_the_policy(tmp_path, declare, policy, names, loads_entities):
    """Case 118: without foreign keys, as on SQLite by default, tickets keep the id of a user."""
    app = Flask(__name__, instance_path=str(tmp_path))
    db = SQLAlchemy(model_class=type("Base", (DeclarativeBase,), {}))
    user_model = declare(db)
    app.config |= {"SQLALCHEMY_DATABASE_URI": "sqlite://", "SECRET_KEY": "x"}
    db.init_app(app)
    LoginManager(app)
    SupportTickets(app, db, user_model, policy=policy)
    with app.app_context():
        db.create_all()
        kind = {"kind": "robot"} if declare is of_kinds else {}
        for username, email in (("rosa", None), (None, "otto@example.org"), (None, None)):
            db.session.add(user_model(username=username, email=email, **kind))
            db.session.commit()
        db.session.expunge_all()
        loaded = []
        sa.event.listen(user_model, "load", lambda user, _: loaded.append(user), propagate=True)
        assert get_user_names([1, 2, 3, None, 987]) == dict(enumerate(names, 1))
        assert len(loaded) == (3 if loads_entities else 0)

        for user_id, name in enumerate(names, 1):
            actor = Actor(id=user_id, is_staff=False, name=name)
            unit_of_work(open_ticket, actor=actor, subject="S", description="D")
        table = current_tickets.models.Ticket.__table__
        db.session.execute(sa.update(table).where(table.c.id > 1).values(assigned_to_user_id=1))
        db.session.commit()
        rosa, otto, third = names
        assert listed() == [(3, third, 1, rosa), (2, otto, 1, rosa), (1, rosa, None, None)]
        db.session.execute(sa.delete(user_model.__table__).where(user_model.__table__.c.id == 1))
        db.session.commit()
        gone = (None, "Deleted user", None, None)
        assert listed() == [(3, third, None, None), (2, otto, None, None), gone]


def listed():
    reader = Actor(id=3, is_staff=True, name=get_user_names([3])[3])
    return [
        (row.user_id, row.user_name, row.assigned_to_user_id, row.assigned_to_name)
        for row in list_tickets(actor=reader).items
    ]
