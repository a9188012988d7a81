"""A host on Flask-Security-Too: role rows, ``fs_uniquifier``, its own login manager and pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import RoleMixin, Security, SQLAlchemyUserDatastore, UserMixin, hash_password
from flask_sqlalchemy import SQLAlchemy

from flask_support_tickets import SupportTickets

from .small import new_admin
from .trip import Trip

pytestmark = pytest.mark.slow

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
PEOPLE = {"alice": None, "eve": "Editor", "mona": "Moderator", "adam": "ADMIN"}
PASSWORD = "correct horse"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Flask]:
    app = Flask(__name__)
    app.config.update(
        TESTING=True,
        SECRET_KEY="only for tests",
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'host.db'}",
        SECURITY_PASSWORD_SALT="only for tests",
        SECURITY_PASSWORD_HASH="plaintext",
        SECURITY_PASSWORD_SCHEMES=["plaintext"],
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        supportTickets=True,
    )
    db.init_app(app)
    Security(app, datastore)
    tickets.init_app(app, admin=new_admin(app))
    with app.app_context():
        db.create_all()
        for name, role in PEOPLE.items():
            roles = [datastore.find_or_create_role(role)] if role else []
            datastore.create_user(
                email=f"{name}@example.org", password=hash_password(PASSWORD), roles=roles
            )
        db.session.commit()
    yield app
    with app.app_context():
        db.engine.dispose()


def sign_in(host: Flask, name: str, page: str = "/settings/ticket") -> FlaskClient:
    """Be sent to Flask-Security's sign-in by one of our pages, and come back."""
    client = host.test_client()
    answer = client.get(page)
    assert answer.status_code == 302
    assert "/login?next=" in answer.location
    html = client.get(answer.location).text
    token = html.split('name="csrf_token" type="hidden" value="')[1].split('"', maxsplit=1)[0]
    form = {"csrf_token": token, "email": f"{name}@example.org", "password": PASSWORD}
    answer = client.post(answer.location, data=form)
    assert (answer.status_code, answer.location.endswith(page)) == (302, True), answer.text
    return client


@pytest.fixture
def trip(host: Flask) -> Trip:
    return Trip(sign_in(host, "alice"), sign_in(host, "mona", "/admin/tickets/"))


def test_ticket_lives_from_opening_to_closing_with_the_keys_of_its_users(host, trip):
    ticket = trip.live()
    assert ticket["statusName"] == "Closed"
    with host.app_context():
        ids = {email: key for key, email in db.session.execute(db.select(User.id, User.email))}
    assert ticket["userId"] == ids["alice@example.org"]
    assert ticket["assignedToUserId"] == ids["mona@example.org"]


def test_role_rows_decide_who_is_staff_at_once(host, trip):
    for name, status in (("alice", 403), ("eve", 403), ("mona", 200), ("adam", 200)):
        client = sign_in(host, name)
        assert client.get("/admin/tickets/").status_code == status, name
        assert ('href="/admin/tickets/"' in client.get("/admin/").text) is (status == 200), name
    trip.open_ticket()
    trip.start_progress()
    html = trip.get(trip.staff, trip.admin_page).text
    options = html.split('name="assignedToUserId"')[1].split("</select>")[0]
    assert [name for name in PEOPLE if name in options] == ["mona", "adam"]
    with host.app_context():
        mona = datastore.find_user(email="mona@example.org")
        datastore.remove_role_from_user(mona, "Moderator")
        db.session.commit()
    assert trip.staff.get("/admin/tickets/").status_code == 403


def test_deactivated_user_of_flask_security_is_anonymous(host, trip):
    """Rule I1."""
    with host.app_context():
        datastore.deactivate_user(datastore.find_user(email="alice@example.org"))
        db.session.commit()
    assert trip.owner.get("/settings/ticket").status_code == 302
    answer = trip.owner.get("/api/tickets")
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "not_authenticated")
    assert "WWW-Authenticate" in answer.headers


def test_auth_token_of_flask_security_signs_in_to_the_api(host):
    with host.app_context():
        token = datastore.find_user(email="alice@example.org").get_auth_token()
    body = {"subject": "By token", "description": "From a script."}
    headers = {"Authentication-Token": token}
    answer = host.test_client().post("/api/tickets", json=body, headers=headers)
    assert (answer.status_code, answer.json["data"]["userName"]) == (201, "alice")
