"""Hosts that differ in one thing each: the key, a mixin, where the Admin is, where the app is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Enum as EnumType
from sqlalchemy import String, inspect
from sqlalchemy.orm import Mapped, mapped_column

from flask_support_tickets import SupportTickets
from flask_support_tickets.services import list_assignees

from .small import Users, declare_users, dispose, make_app, new_admin, settle, sign_in
from .trip import Trip

Start = Callable[..., tuple[Flask, Trip]]


@pytest.fixture
def start(uri: str) -> Iterator[Start]:
    """Set a host up; return it with the trip of alice's ticket through it."""
    made: list[tuple[Flask, Users]] = []

    def begin(
        users: Users,
        tickets: SupportTickets | None = None,
        *,
        keys: dict[str, Any] | None = None,
        admin_url: str = "/admin",
        **options: Any,
    ) -> tuple[Flask, Trip]:
        app = make_app(users, uri)
        tickets = tickets or SupportTickets(db=users.db, user_model=users.User)
        tickets.init_app(app, admin=new_admin(app, url=admin_url))
        made.append((app, users))
        settle(app, users, **(keys or {}))
        owner, staff = sign_in(app, "alice"), sign_in(app, "mona")
        return app, Trip(owner, staff, admin=admin_url, **options)

    yield begin
    for app, users in made:
        dispose(app, users)


class TestStringKeys:
    KEYS = {"alice": "u-alice", "bob": "Bob Ø", "mona": "ID/mona"}

    @pytest.fixture
    def trip(self, start: Start) -> Trip:
        users = declare_users(mapped_column(String(40), primary_key=True))
        return start(users, keys=self.KEYS)[1]

    def test_a_ticket_lives_its_whole_life(self, trip: Trip) -> None:
        ticket = trip.live()
        assert ticket["statusName"] == "Closed"
        assert (ticket["userId"], ticket["assignedToUserId"]) == ("u-alice", "ID/mona")

    def test_the_filter_by_assignee_takes_the_string(self, trip: Trip) -> None:
        trip.file()
        trip.start_progress()
        found = trip.staff.get("/api/tickets", query_string={"assignedTo": "ID/mona"})
        assert found.json["data"]["totalCount"] == 1

    @pytest.mark.parametrize("key", ["", "Bob Ø", "nobody", "x" * 300, 7, "a\x00b"])
    def test_a_key_that_is_nobodys_or_no_staffs_is_refused(self, trip: Trip, key: object) -> None:
        trip.file()
        answer = trip.staff.put(
            f"/api/tickets/{trip.ticket_id}/status",
            json={"action": "StartProgress", "assignedToUserId": key},
        )
        assert answer.status_code == 422
        assert trip.ticket()["statusName"] == "New"


class CustomerColumns:
    """What a host wants to know about a ticket."""

    plan: Mapped[str] = mapped_column(String(20), default="free", index=True)
    level: Mapped[str | None] = mapped_column("sla_level", String(20))


class CommentColumns:
    """And about a comment."""

    mood: Mapped[str | None] = mapped_column("comment_mood", String(20))


def file_by_api(trip: Trip) -> None:
    """File a ticket with a link through the API, and comment on it with another."""
    links = ["https://example.com/1"]
    content = {"subject": "S", "description": "D", "attachmentUrls": links}
    answer = trip.owner.post("/api/tickets", json=content)
    assert (answer.status_code, answer.json["data"]["attachmentUrls"]) == (201, links)
    ticket_id = answer.json["data"]["id"]
    step = {"action": "StartProgress"}
    assert trip.staff.put(f"/api/tickets/{ticket_id}/status", json=step).status_code == 200
    content = {"ticketId": ticket_id, "text": "T", "attachmentUrls": links}
    answer = trip.staff.post("/api/ticket-comments", json=content)
    assert (answer.status_code, answer.json["data"]["attachmentUrls"]) == (201, links)


class Role(Enum):
    """Roles whose values, which the database holds, say something else than their names."""

    admin = "user"
    guest = "moderator"


class TestRolesOfAnEnum:
    def test_are_known_by_their_names(self, start: Start) -> None:
        kind = EnumType(
            Role, native_enum=False, values_callable=lambda roles: [role.value for role in roles]
        )
        app, _ = start(declare_users(role_type=kind))
        with app.app_context():
            assert [user.username for user in list_assignees()] == ["alice", "bob"]


class TestSessionsOfTheHost:
    @pytest.mark.parametrize("option", ["autoflush", "expire_on_commit"])
    def test_a_ticket_lives_its_whole_life(self, start: Start, option: str) -> None:
        _, trip = start(declare_users(**{option: False}))
        assert trip.live()["statusName"] == "Closed"
        file_by_api(trip)


class TestColumnsOfTheHost:
    @pytest.fixture
    def users(self) -> Users:
        return declare_users()

    @pytest.fixture
    def tickets(self, users: Users) -> SupportTickets:
        mixins = {"Ticket": CustomerColumns, "TicketComment": CommentColumns}
        return SupportTickets(db=users.db, user_model=users.User, model_mixins=mixins)

    def test_a_ticket_lives_its_whole_life(
        self, start: Start, users: Users, tickets: SupportTickets
    ) -> None:
        _, trip = start(users, tickets)
        assert trip.live()["statusName"] == "Closed"

    def test_the_column_is_in_the_table_and_holds_its_default(
        self, start: Start, users: Users, tickets: SupportTickets
    ) -> None:
        app, trip = start(users, tickets)
        trip.file()
        with app.app_context():
            columns = {
                each["name"] for each in inspect(users.db.engine).get_columns("support_ticket")
            }
            ticket = users.db.session.get(tickets.Ticket, trip.ticket_id)
            assert "plan" in columns
            assert ticket.plan == "free"

    def test_they_may_have_other_names_in_the_table(
        self, start: Start, users: Users, tickets: SupportTickets
    ) -> None:
        _, trip = start(users, tickets)
        file_by_api(trip)

    def test_the_api_does_not_show_it(
        self, start: Start, users: Users, tickets: SupportTickets
    ) -> None:
        _, trip = start(users, tickets)
        trip.file()
        assert "plan" not in trip.ticket()


class TestAdminElsewhere:
    def test_a_ticket_lives_its_whole_life_under_the_admins_url(self, start: Start) -> None:
        _, trip = start(declare_users(), admin_url="/office")
        assert trip.live()["statusName"] == "Closed"

    def test_the_menu_leads_there_and_the_usual_address_is_empty(self, start: Start) -> None:
        _, trip = start(declare_users(), admin_url="/office")
        assert 'href="/office/tickets/"' in trip.get(trip.staff, "/office/").text
        assert trip.staff.get("/admin/tickets/").status_code == 404


class TestUrlPrefix:
    PREFIX = {"SCRIPT_NAME": "/prefix"}

    def test_a_ticket_lives_its_whole_life_below_it(self, start: Start) -> None:
        _, trip = start(declare_users(), environ_overrides=self.PREFIX)
        assert trip.prefix == "/prefix"
        assert trip.live()["statusName"] == "Closed"

    def test_every_link_form_and_file_of_ours_carries_it(self, start: Start) -> None:
        _, trip = start(declare_users(), environ_overrides=self.PREFIX)
        trip.file()
        trip.start_progress()
        pages = ["/settings/ticket", "/settings/ticket/new", f"/settings/ticket/{trip.ticket_id}"]
        html = "".join(trip.get(trip.owner, path).text for path in pages)
        for path in ("/admin/tickets/", f"/admin/tickets/{trip.ticket_id}"):
            html += trip.get(trip.staff, path).text.partition('<div class="st-root')[2]
        for attribute in ('href="/', 'action="/', 'src="/'):
            assert html.count(attribute) == html.count(f"{attribute}prefix/") > 0

    def test_redirects_carry_it(self, start: Start) -> None:
        _, trip = start(declare_users(), environ_overrides=self.PREFIX)
        answer = trip.send_form(
            trip.owner,
            "/settings/ticket/new",
            "/settings/ticket/new",
            subject="Paper",
            description="There is none.",
        )
        assert answer.location.startswith("/prefix/settings/ticket/")

    def test_the_menu_follows_it_although_the_first_request_had_none(self, start: Start) -> None:
        _, trip = start(declare_users())
        assert 'href="/admin/tickets/"' in trip.get(trip.staff, "/admin/").text
        html = trip.staff.get("/admin/", environ_overrides=self.PREFIX).text
        assert 'href="/prefix/admin/tickets/"' in html
        assert 'href="/admin/tickets/"' not in html
        assert 'href="/admin/tickets/"' in trip.get(trip.staff, "/admin/").text
