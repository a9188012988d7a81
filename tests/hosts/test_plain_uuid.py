"""A host with UUID keys, where ``get_id()`` is not the key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from .plain_uuid import User, create_app, db
from .trip import Trip

KeyOf = Callable[[str], str]
HYPHENATED = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture
def host(uri: str) -> Iterator[Flask]:
    app = create_app(uri)
    with app.app_context():
        db.create_all()
        db.session.add_all(
            [
                User(email="alice@example.org"),
                User(email="mona@example.org", role="moderator"),
                User(email="adam@example.org", role="admin"),
            ]
        )
        db.session.commit()
    yield app  # outside of the context: Flask-Login keeps a context's user for later requests
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client_as(host: Flask) -> Callable[[str], FlaskClient]:
    def make(name: str) -> FlaskClient:
        client = host.test_client()
        client.post("/login", data={"email": f"{name}@example.org"})
        return client

    return make


@pytest.fixture
def trip(client_as: Callable[[str], FlaskClient]) -> Trip:
    return Trip(client_as("alice"), client_as("mona"))


@pytest.fixture
def key_of(host: Flask) -> KeyOf:
    """The key of a user in the form that the contract names."""

    def find(name: str) -> str:
        with host.app_context():
            query = db.select(User.id).filter_by(email=f"{name}@example.org")
            return str(db.session.scalar(query))

    return find


class TestLifeOfATicket:
    def test_it_goes_from_filing_to_closing_through_every_face(self, trip: Trip) -> None:
        ticket = trip.live()
        assert ticket["statusName"] == "Closed"
        assert ticket["commentCount"] == 3
        assert ticket["resolvedAt"] < ticket["closedAt"]

    def test_owner_and_assignee_are_the_mapped_keys_and_not_the_session_tokens(
        self, trip: Trip, key_of: KeyOf
    ) -> None:
        ticket = trip.live()
        assert (ticket["userId"], ticket["assignedToUserId"]) == (key_of("alice"), key_of("mona"))

    def test_names_come_from_the_email_without_its_domain(self, trip: Trip) -> None:
        ticket = trip.live()
        assert (ticket["userName"], ticket["assignedToName"]) == ("alice", "mona")


class TestKeysInJson:
    def test_tickets_and_comments_show_hyphenated_lower_case_strings(self, trip: Trip) -> None:
        ticket = trip.live()
        page = trip.get(trip.owner, f"/api/ticket-comments/ticket/{trip.ticket_id}").json["data"]
        keys = [ticket["userId"], ticket["assignedToUserId"]]
        keys += [comment["userId"] for comment in page["comments"]]
        assert len(keys) == 5
        assert all(HYPHENATED.fullmatch(key) for key in keys)

    def test_an_assignee_is_taken_by_the_string_the_api_emits(
        self, trip: Trip, key_of: KeyOf
    ) -> None:
        trip.file()
        trip.start_progress()
        answer = self.assign(trip, key_of("adam"))
        assert answer.status_code == 200
        assert answer.json["data"]["assignedToUserId"] == key_of("adam")

    @pytest.mark.parametrize(
        "form",
        [
            str.upper,
            lambda key: key.replace("-", ""),
            lambda key: f"{{{key}}}",
            lambda key: f"urn:uuid:{key}",
            lambda key: f" {key}",
            lambda key: 7,
        ],
        ids=["upper case", "no hyphens", "braces", "urn", "space", "a number"],
    )
    def test_every_other_form_of_a_key_is_refused(
        self, trip: Trip, key_of: KeyOf, form: Callable[[str], object]
    ) -> None:
        trip.file()
        trip.start_progress()
        answer = self.assign(trip, form(key_of("adam")))
        assert answer.status_code == 422
        assert list(answer.json["error"]["fields"]) == ["assignedToUserId"]
        assert trip.ticket()["assignedToUserId"] == key_of("mona")

    @staticmethod
    def assign(trip: Trip, key: object):
        return trip.staff.put(
            f"/api/tickets/{trip.ticket_id}/status",
            json={"action": "Assign", "assignedToUserId": key},
        )


class TestFilterByAssignee:
    @pytest.fixture(autouse=True)
    def _ticket_of_mona(self, trip: Trip) -> None:
        trip.file()
        trip.start_progress()

    @pytest.mark.parametrize(("name", "count"), [("mona", 1), ("adam", 0)])
    def test_a_key_finds_what_is_assigned_to_that_user(
        self, trip: Trip, key_of: KeyOf, name: str, count: int
    ) -> None:
        found = trip.get(trip.staff, f"/api/tickets?assignedTo={key_of(name)}").json["data"]
        assert found["totalCount"] == count

    def test_me_finds_what_is_assigned_to_the_caller(self, trip: Trip) -> None:
        found = trip.get(trip.staff, "/api/tickets?assignedTo=me").json["data"]
        assert [ticket["id"] for ticket in found["tickets"]] == [trip.ticket_id]

    @pytest.mark.parametrize("form", [str.upper, lambda key: key.replace("-", "")])
    def test_another_form_of_the_key_is_refused(
        self, trip: Trip, key_of: KeyOf, form: Callable[[str], object]
    ) -> None:
        answer = trip.staff.get(f"/api/tickets?assignedTo={form(key_of('mona'))}")
        assert answer.status_code == 422

    def test_staff_hand_a_ticket_over_in_the_admin_by_that_key(
        self, trip: Trip, key_of: KeyOf
    ) -> None:
        page = f"/admin/tickets/{trip.ticket_id}"
        answer = trip.send_form(
            trip.staff, page, f"{page}/status", action="Assign", assignedToUserId=key_of("adam")
        )
        assert answer.status_code == 303
        assert trip.ticket()["assignedToUserId"] == key_of("adam")


class TestStrangers:
    @pytest.mark.parametrize("path", ["/settings/ticket", "/admin/tickets/"])
    def test_anonymous_visitors_are_sent_to_the_hosts_login(self, host: Flask, path: str) -> None:
        answer = host.test_client().get(path)
        assert answer.status_code == 302
        assert answer.location.startswith("/login?next=")

    def test_a_member_is_not_let_into_the_admin(self, trip: Trip) -> None:
        assert trip.owner.get("/admin/tickets/").status_code == 403
