"""Names of people: from columns where that is all there is, else from entities by the policy."""

from __future__ import annotations

import pytest
import sqlalchemy
from flask import Flask
from flask_login import LoginManager, UserMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase, relationship

from flask_support_tickets import Actor, Policy, SupportTickets, current_tickets, unit_of_work
from flask_support_tickets.services import list_tickets, open_ticket
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


def in_two_tables(db):
    class Person(db.Model):
        id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
        name = sqlalchemy.Column(sqlalchemy.String(50))

    class User(Person, UserMixin):
        id = sqlalchemy.Column(sqlalchemy.ForeignKey(Person.id), primary_key=True)
        username = sqlalchemy.Column(sqlalchemy.String(50))
        email = sqlalchemy.Column(sqlalchemy.String(50))

    return User


def told_twice(db):
    class User(db.Model, UserMixin):
        id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
        username = sqlalchemy.Column(sqlalchemy.String(50))
        email = sqlalchemy.Column(sqlalchemy.String(50))

        @hybrid_property
        def name(self):
            return self.username and self.username.title()

        @name.inplace.expression
        @classmethod
        def _name(cls):
            return cls.username

    return User


def related(db):
    class Name(db.Model):
        id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
        user_id = sqlalchemy.Column(sqlalchemy.ForeignKey("user.id"))

    class User(db.Model, UserMixin):
        id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
        username = sqlalchemy.Column(sqlalchemy.String(50))
        email = sqlalchemy.Column(sqlalchemy.String(50))
        name = relationship(Name, uselist=False, lazy="joined")

    return User


CASES = [
    (plain, None, {1: "rosa", 2: "otto", 3: "User 3"}, False),
    (plain, Shouting(), {1: "ROSA", 2: "User 2", 3: "User 3"}, True),
    (computed, None, {1: "rosa of Acme", 2: "otto", 3: "User 3"}, True),
    (of_kinds, None, {1: "A robot", 2: "A robot", 3: "A robot"}, True),
    (in_two_tables, None, {1: "rosa", 2: "otto", 3: "User 3"}, True),
    (told_twice, None, {1: "Rosa", 2: "otto", 3: "User 3"}, True),
    (related, None, {1: "rosa", 2: "otto", 3: "User 3"}, True),
]


@pytest.mark.parametrize(
    ("declare", "policy", "expected", "whole"),
    CASES,
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
            db.session.add(user_model(username=username, email=email, **columns))
            db.session.commit()
        db.session.expunge_all()
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
        names_in_lists_are_these(db, user_model, expected)


def names_in_lists_are_these(db, user_model, expected):
    reader = Actor(id=3, is_staff=True, name=expected[3])
    for user_id, name in expected.items():
        actor = Actor(id=user_id, is_staff=False, name=name)
        unit_of_work(open_ticket, actor=actor, subject="S", description="D")
    table = current_tickets.models.Ticket.__table__
    db.session.execute(sqlalchemy.update(table).where(table.c.id > 1).values(assigned_to_user_id=1))
    db.session.commit()
    nobody, rosa = (None, None), (1, expected[1])
    assert shown_to(reader) == [
        (3, expected[3], *rosa), (2, expected[2], *rosa), (1, expected[1], *nobody),
    ]  # fmt: skip
    # Without a foreign key, as on SQLite by default, nobody tells the ticket.
    db.session.execute(
        sqlalchemy.delete(user_model.__table__).where(user_model.__table__.c.id == 1)
    )
    db.session.commit()
    assert shown_to(reader) == [
        (3, expected[3], *nobody), (2, expected[2], *nobody), (None, "Deleted user", *nobody),
    ]  # fmt: skip
    one = Actor(id=2, is_staff=False, name=expected[2])
    before = list_tickets(actor=one).state
    assert before == list_tickets(actor=one, only_state=True).state


def shown_to(reader):
    return [
        (row.user_id, row.user_name, row.assigned_to_user_id, row.assigned_to_name)
        for row in list_tickets(actor=reader).items
    ]
