"""Which Admin serves the staff's pages: made before or after, several, none, or a shared one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask_admin import Admin, AdminIndexView

from flask_support_tickets import ConfigurationError, SupportTickets

from ..hosts.small import (
    Users,
    declare_users,
    dispose,
    make_app,
    new_admin,
    settle,
    sign_in,
)
from ..hosts.trip import Trip

ENTRY = 'href="/admin/tickets/"'


@pytest.fixture
def users() -> Users:
    return declare_users()


@pytest.fixture
def tickets(users: Users) -> SupportTickets:
    return SupportTickets(db=users.db, user_model=users.User)


@pytest.fixture
def make_host(users: Users) -> Iterator[Callable[[], Flask]]:
    """Make apps without tickets, with tables and people."""
    made: list[Flask] = []

    def make() -> Flask:
        app = make_app(users)
        settle(app, users)
        made.append(app)
        return app

    yield make
    for app in made:
        dispose(app, users)


@pytest.fixture
def app(make_host: Callable[[], Flask], tickets: SupportTickets) -> Flask:
    """An app without tickets; the tables are there."""
    return make_host()


def another_admin(app: Flask | None, endpoint: str, url: str) -> Admin:
    """Return an Admin beside the first one."""
    return Admin(app, name="Other", index_view=AdminIndexView(endpoint=endpoint, url=url))


def assert_serves(app: Flask, url: str = "/admin", times: int = 1) -> None:
    """The menu has one entry, which leads to the list; a ticket goes its way."""
    staff = sign_in(app, "mona")
    assert staff.get(f"{url}/").text.count(f'href="{url}/tickets/"') == times
    Trip(sign_in(app, "alice"), staff, admin=url).live()


class TestOrderOfSettingUp:
    def test_an_admin_on_the_app_is_found_by_itself(
        self, app: Flask, tickets: SupportTickets
    ) -> None:
        new_admin(app)
        tickets.init_app(app)
        assert_serves(app)

    def test_an_admin_given_to_the_constructor_serves(self, app: Flask, users: Users) -> None:
        SupportTickets(app, users.db, users.User, admin=new_admin(app))
        assert_serves(app)

    def test_an_admin_that_is_not_on_the_app_yet_serves_once_it_is(
        self, app: Flask, tickets: SupportTickets
    ) -> None:
        admin = new_admin()
        tickets.init_app(app, admin=admin)
        admin.init_app(app)
        assert_serves(app)

    def test_an_admin_made_later_is_attached(self, app: Flask, tickets: SupportTickets) -> None:
        tickets.init_app(app)
        tickets.attach_admin(app, new_admin(app))
        assert_serves(app)

    def test_an_admin_attached_before_it_is_on_the_app_serves_once_it_is(
        self, app: Flask, tickets: SupportTickets
    ) -> None:
        tickets.init_app(app)
        admin = new_admin()
        tickets.attach_admin(app, admin)
        admin.init_app(app)
        tickets.attach_admin(app, admin)
        assert_serves(app)

    def test_attaching_again_changes_nothing(self, app: Flask, tickets: SupportTickets) -> None:
        admin = new_admin(app)
        tickets.init_app(app, admin=admin)
        rules = len(list(app.url_map.iter_rules()))
        for _ in range(2):
            tickets.attach_admin(app, admin)
        assert len(list(app.url_map.iter_rules())) == rules
        assert_serves(app)

    def test_the_admins_app_is_what_it_was(self, app: Flask, tickets: SupportTickets) -> None:
        admin = new_admin(app)
        tickets.init_app(app)
        assert admin.app is app
        from flask_admin import BaseView, expose

        class Later(BaseView):
            @expose("/")
            def index(self) -> str:
                return "a view of the host, added later"

        admin.add_view(Later(endpoint="later"))
        assert "added later" in sign_in(app, "mona").get("/admin/later/").text


class TestNoAdmin:
    def test_api_and_pages_work(self, app: Flask, tickets: SupportTickets) -> None:
        tickets.init_app(app)
        alice, mona = sign_in(app, "alice"), sign_in(app, "mona")
        trip = Trip(alice, mona)
        trip.file()
        path = f"/api/tickets/{trip.ticket_id}/status"
        for action in ("StartProgress", "MarkAsResolved", "Close"):
            assert mona.put(path, json={"action": action}).status_code == 200
        assert trip.ticket()["statusName"] == "Closed"
        assert mona.get("/admin/tickets/").status_code == 404


class TestSeveralAdmins:
    @pytest.fixture
    def admins(self, app: Flask) -> list[Admin]:
        return [new_admin(app), another_admin(app, "office", "/office")]

    def test_every_one_serves_under_an_endpoint_of_its_own(
        self, app: Flask, tickets: SupportTickets, admins: list[Admin]
    ) -> None:
        tickets.init_app(app)
        names = {name for name in app.blueprints if name.startswith("support_tickets_admin")}
        assert names == {"support_tickets_admin", "support_tickets_admin_office"}
        assert_serves(app, "/admin")
        assert_serves(app, "/office")

    def test_links_stay_within_the_admin_they_stand_in(
        self, app: Flask, tickets: SupportTickets, admins: list[Admin]
    ) -> None:
        tickets.init_app(app)
        Trip(sign_in(app, "alice"), sign_in(app, "mona")).file()
        for url, other in (("/admin", "/office"), ("/office", "/admin")):
            html = sign_in(app, "mona").get(f"{url}/tickets/").text
            assert f'"{url}/tickets/1' in html
            assert f'"{other}/tickets' not in html

    def test_the_one_that_is_named_serves_alone(
        self, app: Flask, tickets: SupportTickets, admins: list[Admin]
    ) -> None:
        tickets.init_app(app, admin=admins[1])
        assert_serves(app, "/office")
        staff = sign_in(app, "mona")
        assert staff.get("/admin/tickets/").status_code == 404
        assert ENTRY not in staff.get("/admin/").text
        assert "support_tickets_admin" in app.blueprints

    def test_a_second_one_can_be_attached_later(
        self, app: Flask, tickets: SupportTickets, admins: list[Admin]
    ) -> None:
        tickets.init_app(app, admin=admins[0])
        tickets.attach_admin(app, admins[1])
        assert "support_tickets_admin_office" in app.blueprints
        assert_serves(app, "/office")

    def test_two_that_come_onto_the_app_later_get_two_endpoints(
        self, app: Flask, tickets: SupportTickets
    ) -> None:
        admins = [new_admin(), another_admin(None, "office", "/office")]
        tickets.init_app(app)
        for admin in admins:
            tickets.attach_admin(app, admin)
        for admin in admins:
            admin.init_app(app)
        assert_serves(app, "/admin")
        assert_serves(app, "/office")


class TestSharedAdmin:
    """One Admin object on two apps, the second of which lacks the extension."""

    Two = tuple[Flask, Flask]

    @pytest.fixture(params=["tickets first", "admin first", "tickets last"])
    def two(
        self,
        request: pytest.FixtureRequest,
        make_host: Callable[[], Flask],
        tickets: SupportTickets,
    ) -> Any:
        with_tickets, without = make_host(), make_host()
        admin = new_admin()
        if request.param == "tickets first":
            tickets.init_app(with_tickets, admin=admin)
            admin.init_app(with_tickets)
            admin.init_app(without)
        elif request.param == "admin first":
            admin.init_app(with_tickets)
            tickets.init_app(with_tickets)
            admin.init_app(without)
        else:
            admin.init_app(with_tickets)
            admin.init_app(without)
            tickets.init_app(with_tickets, admin=admin)
        return with_tickets, without

    def test_the_app_with_the_extension_serves(self, two: Two) -> None:
        assert_serves(two[0])

    def test_the_other_has_no_entry_and_no_error(
        self, two: Two, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = sign_in(two[1], "mona").get("/admin/")
        assert answer.status_code == 200
        assert "Support Tickets" not in answer.text
        assert caplog.records == []

    @pytest.mark.parametrize("path", ["/admin/tickets/", "/admin/tickets/1", "/api/tickets"])
    def test_the_other_answers_404_at_our_addresses(self, two: Two, path: str) -> None:
        answer = sign_in(two[1], "mona").get(path)
        assert answer.status_code == 404
        assert answer.mimetype == "text/html"

    def test_requests_to_both_in_turn_do_not_mix(self, two: Two) -> None:
        clients = [sign_in(each, "mona") for each in two]
        for _ in range(2):
            assert [ENTRY in client.get("/admin/").text for client in clients] == [True, False]


class TestSharedAdminOnAnAppThatRuns:
    def test_setting_up_one_app_leaves_the_other_alone(
        self, make_host: Callable[[], Flask], tickets: SupportTickets
    ) -> None:
        to_be, running = make_host(), make_host()
        admin = new_admin()
        admin.init_app(to_be)
        admin.init_app(running)
        assert sign_in(running, "mona").get("/admin/").status_code == 200
        tickets.init_app(to_be, admin=admin)
        assert_serves(to_be)
        assert "support_tickets_admin" not in running.blueprints
        assert sign_in(running, "mona").get("/admin/").status_code == 200


class TestSharedAdminOnTwoAppsWithTickets:
    def test_both_serve_their_own_tickets(
        self, make_host: Callable[[], Flask], tickets: SupportTickets
    ) -> None:
        apps, admin = [make_host(), make_host()], new_admin()
        for app in apps:
            admin.init_app(app)
            tickets.init_app(app, admin=admin)
        for app in apps:
            assert_serves(app)
        assert [self.count(app) for app in apps] == [1, 1]

    @staticmethod
    def count(app: Flask) -> int:
        total: int = sign_in(app, "mona").get("/api/tickets").json["data"]["totalCount"]
        return total

    def test_an_endpoint_that_another_admin_has_is_a_mistake_with_a_sentence(
        self, make_host: Callable[[], Flask], tickets: SupportTickets
    ) -> None:
        first, second = make_host(), make_host()
        shared = another_admin(first, "shared", "/shared")
        tickets.init_app(first, admin=shared)
        own = another_admin(second, "own", "/own")
        tickets.init_app(second, admin=own)
        second.extensions["admin"].append(shared)
        with pytest.raises(ConfigurationError, match="Two Admins"):
            tickets.attach_admin(second, shared)
