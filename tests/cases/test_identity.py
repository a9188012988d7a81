"""Who counts as signed in, on every face.

Rule I1. Cases 22, 27.
"""

from __future__ import annotations

import pytest
from flask_login import UserMixin, login_user

from flask_support_tickets import TicketStatus
from flask_support_tickets.policy import Policy

from ..databases import on_postgresql
from ..host import User, db
from .conftest import by_token, new_ticket


@pytest.fixture
def remembered(app, client_of):
    """Return a client of a user whose session is over, and whom the browser remembers."""

    @app.post("/remember")
    def remember():
        login_user(db.session.scalar(db.select(User)), remember=True)
        return "signed in"

    def make():
        client = client_of(None)
        client.post("/remember")
        client.delete_cookie("session")
        assert client.get_cookie("remember_token")
        return client

    return make


@pytest.mark.parametrize("is_said_to_be_authenticated", [False, True])
@pytest.mark.parametrize("way", ["deactivated", "deactivated by a method", "deleted"])
def test_deactivated_or_deleted_user_is_nobody_by_session_remember_cookie_and_token(
    client_of, make_user, remembered, state, monkeypatch, way, is_said_to_be_authenticated
):
    gone = make_user("gone", role="moderator")
    clients = [client_of(gone), remembered(), by_token(client_of(None), "gone")]
    for client in clients:
        assert client.get("/api/tickets").status_code == 200
    if way == "deleted":
        db.session.delete(gone)
    elif way == "deactivated":
        gone.active = False
    else:
        monkeypatch.setattr(User, "is_active", lambda self: False)
    db.session.commit()
    if is_said_to_be_authenticated:
        monkeypatch.setattr(User, "is_authenticated", True)
    before = state()
    for client in clients:
        for answer in (client.get("/api/tickets"), new_ticket(client)):
            assert (answer.status_code, answer.json["error"]["code"]) == (401, "not_authenticated")
        for url in ("/settings/ticket", "/admin/tickets/"):
            assert client.get(url).location.startswith("/login")
    assert state() == before


def test_user_of_another_class_is_nobody(app, client_of, caplog):
    class Robot(UserMixin):
        id = "r"

    app.before_request(lambda: {True: None}[login_user(Robot(), force=True)])
    assert client_of(None).get("/api/tickets").status_code == 401
    assert "is not a User" in caplog.text


def test_user_made_from_a_token_counts_by_primary_key(app, client_of, alice, make_ticket):
    make_ticket()
    key = alice.id
    app.login_manager.request_loader(lambda request: User(id=key, username="alice", active=True))
    assert client_of(None).get("/api/tickets").json["data"]["totalCount"] == 1
    app.login_manager.request_loader(lambda request: User(username="x", active=True))
    assert client_of(None).get("/api/tickets").status_code == 401
    app.login_manager.request_loader(lambda request: None)
    app.login_manager.anonymous_user = lambda: None
    assert client_of(None).get("/api/tickets").status_code == 401


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (None, "User "), ("", "User "), (5, "5"), ("a\nb\x00", "a\ufffdb\ufffd"),
        ("\ud800", "\ufffd"), (RuntimeError("no name"), "User "),
    ],
)  # fmt: skip
def test_display_name_of_the_host_is_shown_whatever_it_is(
    client_of, mona, make_ticket, monkeypatch, name, shown
):
    def display_name(self, user):
        if isinstance(name, Exception):
            raise name
        return name

    ticket = make_ticket(TicketStatus.InProgress)
    monkeypatch.setattr(Policy, "display_name", display_name)
    client = client_of(mona)
    data = client.get(f"/api/tickets/{ticket.id}").json["data"]
    assert data["userName"].startswith(shown)
    for url in ("/admin/tickets/", f"/admin/tickets/{ticket.id}"):
        assert client.get(url).status_code == 200


@on_postgresql
def test_role_column_may_be_an_enum_of_postgresql(client_of, alice, mona, make_ticket):
    ticket = make_ticket(TicketStatus.InProgress)
    for statement in (
        "CREATE TYPE role AS ENUM ('user', 'moderator', 'Admin')",
        "ALTER TABLE host_user ALTER role TYPE role USING role::role",
    ):
        db.session.execute(db.text(statement))
    db.session.commit()
    page = client_of(mona).get(f"/admin/tickets/{ticket.id}").text
    assert f'<option value="{mona.id}"' in page
    assert f'<option value="{alice.id}"' not in page
