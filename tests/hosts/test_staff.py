"""Hosts that mark staff without roles, and hosts without staff."""

from __future__ import annotations

import logging

import pytest
from flask import Blueprint
from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, select, text

from flask_support_tickets import Policy, SupportTickets
from flask_support_tickets.services import assignees, list_assignees

from .small import Users, declare_users, dispose, make_app, new_admin, settle, sign_in


def users_with(**attributes):
    """Declare a user model without roles, but with ``attributes``."""
    db = SQLAlchemy()
    columns = {
        "__tablename__": "person",
        "id": Column(Integer, primary_key=True),
        "username": Column(String(80), unique=True, nullable=False),
        "get_id": lambda user: user.username,
    }
    return Users(db, type("User", (UserMixin, db.Model), columns | attributes))


@pytest.fixture
def start():
    """Create a host with these users and their column values."""
    made = []

    def begin(users, people, *, admin=None, policy=None):
        app = make_app(users)
        made.append((app, users))
        admin = admin or new_admin(app)
        SupportTickets(app, users.db, users.User, admin=admin, policy=policy)
        with app.app_context():
            users.db.create_all()
            for username, columns in people.items():
                users.db.session.add(users.User(username=username, **columns))
            users.db.session.commit()
        return app

    yield begin
    for each in made:
        dispose(*each)


def names_of_assignees(app):
    with app.app_context():
        return [user.username for user in list_assignees()]


@pytest.mark.parametrize("name", ["is_admin", "is_superuser"])
def test_staff_by_a_boolean_column_work_on_tickets_and_can_be_assigned(start, name):
    users = users_with(**{name: Column(Boolean, default=False)})
    app = start(users, {"alice": {}, "mona": {name: True}})
    assert sign_in(app, "mona").get("/admin/tickets/").status_code == 200
    assert sign_in(app, "alice").get("/admin/tickets/").status_code == 403
    assert names_of_assignees(app) == ["mona"]
    with app.app_context():
        assert "WHERE" in str(assignees._candidates()), "a large user table is not loaded"


def test_staff_by_a_property_are_found_beside_those_by_a_column(start, monkeypatch):
    monkeypatch.setattr(assignees, "_CANDIDATES_MAX", 2)
    users = users_with(
        is_admin=property(lambda user: user.username == "anna"),
        is_superuser=Column(Boolean, default=False),
    )
    app = start(users, {"anna": {}, "bob": {}, "mona": {"is_superuser": True}})
    assert names_of_assignees(app) == ["anna", "mona"]


def users_with_role_objects(attribute, **options):
    """Declare a user model with a relationship to a model of roles."""
    db = SQLAlchemy()

    class Role(db.Model):
        id = Column(Integer, primary_key=True)
        name = Column(String(40))

    class User(UserMixin, db.Model):
        __tablename__ = "person"
        id = Column(Integer, primary_key=True)
        username = Column(String(80), unique=True, nullable=False)
        role_id = Column(Integer, ForeignKey("role.id"))
        get_id = property(lambda user: lambda: user.username)

    setattr(User, attribute, db.relationship(Role, **options))
    return Users(db, User), Role


@pytest.mark.parametrize(("attribute", "options"), [("role", {}), ("roles", {"uselist": True})])
def test_role_in_another_table_is_read_by_the_query(start, monkeypatch, attribute, options):
    monkeypatch.setattr(assignees, "_CANDIDATES_MAX", 1)
    users, Role = users_with_role_objects(attribute, **options)
    moderator = Role(name="Moderator")
    columns = {attribute: [moderator] if options else moderator}
    app = start(users, {"alice": {}, "bob": {}, "mona": columns})
    assert names_of_assignees(app) == ["mona"]


def test_staff_by_a_role_property_are_found_beside_those_by_a_column(start):
    users = users_with(
        role=property(lambda user: "moderator" if user.username == "anna" else None),
        is_admin=Column(Boolean, default=False),
    )
    app = start(users, {"anna": {}, "bob": {}, "mona": {"is_admin": True}})
    assert names_of_assignees(app) == ["anna", "mona"]


def test_own_policy_lists_all_staff_by_its_query(start, caplog, monkeypatch):
    monkeypatch.setattr(assignees, "_CANDIDATES_MAX", 1)
    users = users_with()
    people = {name: {} for name in ("alice", "anna", "bob", "mona")}

    class Team(Policy):
        def is_staff(self, user):
            return user.username in ("anna", "mona")

        def staff_query(self):
            return select(users.User).where(users.User.username > "alice")

    app = start(users, people, policy=Team())
    assert names_of_assignees(app) == ["anna", "mona"]
    assert warnings_of(caplog) == []


def test_warning_says_once_that_other_users_are_not_checked(start, caplog, monkeypatch):
    monkeypatch.setattr(assignees, "_CANDIDATES_MAX", 2)

    class ByName(Policy):
        def is_staff(self, user):
            return user.username == "mona"

    app = start(users_with(), {"alice": {}, "bob": {}, "mona": {}}, policy=ByName())
    assert names_of_assignees(app) == names_of_assignees(app) == []
    [line] = warnings_of(caplog)
    assert "Only the first 2 users of 'small' were checked" in line
    assert "Policy.staff_query" in line


def warnings_of(caplog):
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == assignees.__name__ and record.levelno >= logging.WARNING
    ]


def test_one_warning_says_what_to_do_when_nobody_is_staff(start, caplog):
    app = start(users_with(), {"alice": {}, "bob": {}})
    alice = sign_in(app, "alice")
    assert warnings_of(caplog) == []
    assert "/admin/tickets/" not in alice.get("/admin/").text
    [line] = warnings_of(caplog)
    for word in ("'small'", "SUPPORT_TICKETS_STAFF_ROLES", "moderator", "is_admin", "is_staff"):
        assert word in line
    assert alice.get("/settings/ticket").status_code == 200
    assert sign_in(app, "bob").get("/api/tickets").status_code == 200
    assert len(warnings_of(caplog)) == 1


def test_no_warning_when_somebody_is_staff_or_may_be(start, caplog, monkeypatch):
    users = declare_users()
    app = start(users, {"alice": {"role": "user"}, "mona": {"role": "Moderator"}})
    sign_in(app, "alice").get("/api/tickets")
    monkeypatch.setattr(assignees, "_CANDIDATES_MAX", 1)  # one user is loaded, and it is not mona

    class ByName(Policy):
        def is_staff(self, user):
            return user.username == "mona"

    app = start(users_with(), {"alice": {}, "mona": {}}, policy=ByName())
    sign_in(app, "alice").get("/api/tickets")
    assert warnings_of(caplog) == []


def test_failing_look_for_staff_breaks_no_page(start, caplog, monkeypatch):
    app = start(declare_users(), {"alice": {"role": "user"}})
    query = text("SELECT * FROM no_such_table")
    monkeypatch.setattr(assignees, "_load_candidates", lambda: (users_of(app, query), True))
    assert sign_in(app, "alice").get("/settings/ticket").status_code == 200
    assert "Could not find out whether a user is staff" in caplog.text


def users_of(app, query):
    return app.extensions["support_tickets"].session.execute(query).all()


def test_host_with_its_own_admin_blueprint_gives_flask_admin_another_name():
    users = declare_users()
    app = make_app(users)
    blueprint = Blueprint("admin", __name__, url_prefix="/admin")
    blueprint.add_url_rule("/", "index", lambda: "the host's admin")
    app.register_blueprint(blueprint)
    admin = new_admin(app, url="/desk", endpoint="desk")
    SupportTickets(app, users.db, users.User, admin=admin)
    settle(app, users)
    mona = sign_in(app, "mona")
    assert mona.get("/admin/").text == "the host's admin"
    assert 'href="/desk/tickets/"' in mona.get("/desk/").text
    assert mona.get("/desk/tickets/").status_code == 200
    dispose(app, users)
