"""A host on Flask-Security-Too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ..conftest import form_fields
from .security_too import User, add_user, create_app, datastore, db
from .trip import Trip


@pytest.fixture
def host(uri: str) -> Iterator[Flask]:
    app = create_app(uri)
    with app.app_context():
        db.create_all()
        add_user("alice@example.org")
        add_user("eve@example.org", role="Editor")
        add_user("mona@example.org", role="Moderator")
        add_user("adam@example.org", role="ADMIN")
    yield app
    with app.app_context():
        db.engine.dispose()


def sign_in(host: Flask, name: str) -> FlaskClient:
    """Sign in with Flask-Security's own form."""
    client = host.test_client()
    fields = {"email": f"{name}@example.org", "password": "correct horse"}
    page = client.get("/login").text
    answer = client.post("/login", data={**_token(page), **fields})
    assert answer.status_code == 302, answer.text
    return client


def _token(page: str) -> dict[str, str]:
    token = page.split('name="csrf_token" type="hidden" value="')[1].split('"', maxsplit=1)[0]
    return {"csrf_token": token}


@pytest.fixture
def trip(host: Flask) -> Trip:
    return Trip(sign_in(host, "alice"), sign_in(host, "mona"))


class TestLifeOfATicket:
    def test_it_goes_from_filing_to_closing_through_every_face(self, trip: Trip) -> None:
        assert trip.live()["statusName"] == "Closed"

    def test_owner_and_assignee_are_the_keys_and_not_the_uniquifiers(
        self, host: Flask, trip: Trip
    ) -> None:
        ticket = trip.live()
        with host.app_context():
            ids = {email: key for key, email in db.session.execute(db.select(User.id, User.email))}
        assert ticket["userId"] == ids["alice@example.org"]
        assert ticket["assignedToUserId"] == ids["mona@example.org"]


class TestRoles:
    @pytest.mark.parametrize("name", ["mona", "adam"])
    def test_a_role_row_makes_staff_whatever_its_case(self, host: Flask, name: str) -> None:
        client = sign_in(host, name)
        assert client.get("/admin/tickets/").status_code == 200
        assert 'href="/admin/tickets/"' in client.get("/admin/").text

    @pytest.mark.parametrize("name", ["alice", "eve"])
    def test_nobody_else_is_staff(self, host: Flask, name: str) -> None:
        client = sign_in(host, name)
        assert client.get("/admin/tickets/").status_code == 403
        assert "/admin/tickets/" not in client.get("/admin/").text

    def test_the_choice_of_assignees_holds_staff_alone(self, trip: Trip) -> None:
        trip.file()
        trip.start_progress()
        html = trip.get(trip.staff, f"/admin/tickets/{trip.ticket_id}").text
        options = html.split('name="assignedToUserId"')[1].split("</select>")[0]
        assert [name for name in ("alice", "eve", "mona", "adam") if name in options] == [
            "mona",
            "adam",
        ]

    def test_a_role_taken_away_counts_at_once(self, host: Flask, trip: Trip) -> None:
        assert trip.staff.get("/admin/tickets/").status_code == 200
        with host.app_context():
            mona = datastore.find_user(email="mona@example.org")
            datastore.remove_role_from_user(mona, "Moderator")
            db.session.commit()
        assert trip.staff.get("/admin/tickets/").status_code == 403


class TestSignIn:
    @pytest.mark.parametrize("path", ["/settings/ticket/new", "/admin/tickets/"])
    def test_anonymous_visitors_get_flask_securitys_login_and_come_back(
        self, host: Flask, path: str
    ) -> None:
        name = "mona"
        client = host.test_client()
        answer = client.get(path)
        assert answer.status_code == 302
        assert "/login?next=" in answer.location
        page = client.get(answer.location).text
        fields = {"email": f"{name}@example.org", "password": "correct horse"}
        answer = client.post(answer.location, data={**_token(page), **fields})
        assert answer.status_code == 302
        assert answer.location.endswith(path)
        assert client.get(path).status_code == 200

    def test_the_api_answers_anonymous_callers_in_its_own_words(self, host: Flask) -> None:
        answer = host.test_client().get("/api/tickets")
        assert answer.status_code == 401
        assert answer.json["error"]["code"] == "not_authenticated"
        assert "WWW-Authenticate" in answer.headers

    def test_a_deactivated_user_is_nobody(self, host: Flask, trip: Trip) -> None:
        with host.app_context():
            datastore.deactivate_user(datastore.find_user(email="alice@example.org"))
            db.session.commit()
        assert trip.owner.get("/api/tickets").status_code == 401
        assert trip.owner.get("/settings/ticket").status_code == 302

    def test_our_forms_carry_a_token_of_their_own(self, trip: Trip) -> None:
        fields = form_fields(trip.get(trip.owner, "/settings/ticket/new").text)
        assert set(fields) == {"csrf_token", "submission_key"}

    def test_an_auth_token_of_flask_security_signs_in_to_the_api(self, host: Flask) -> None:
        with host.app_context():
            token = datastore.find_user(email="alice@example.org").get_auth_token()
        client = host.test_client()
        headers = {"Authentication-Token": token}
        body = {"subject": "By token", "description": "From a script."}
        answer = client.post("/api/tickets", json=body, headers=headers)
        assert answer.status_code == 201
        assert answer.json["data"]["userName"] == "alice"
