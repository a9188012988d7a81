"""The license gate: its switches, a check of the host, and what the log says."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from flask_support_tickets import SupportTickets

from ..hosts.small import Users, new_admin, settle, sign_in
from .conftest import ALL_OFF, NEW_TICKET, count_of, gate_of

YES: list[Any] = [True, 1, "1", "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"]
NO: list[Any] = [False, 0, 2, "0", "false", "no", "off", "", None, "2", "maybe", "MAIN", [], 1.5]
FEATURES_ON: list[Any] = [
    {"supportTickets": True},
    {"support_tickets": True},
    {"supportTickets": "yes", "billing": False},
    {"supportTickets": False, "support_tickets": 1},
    ["supportTickets"],
    ("billing", "support_tickets"),
    {"supportTickets"},
    frozenset({"support_tickets"}),
    "supportTickets",
    "support_tickets,billing",
    "billing , supportTickets",
]
FEATURES_OFF: list[Any] = [
    {},
    {"supportTickets": False},
    {"supportTickets": "off"},
    {"supportTickets": None},
    {"billing": True},
    [],
    ["billing", 7, None],
    "",
    "billing",
    "supportTicketsPlus",
    "my-supportTickets billing",
    None,
]


class TestGate:
    @pytest.fixture
    def app(self, users: Users, host: Callable[..., Flask]) -> Flask:
        """A host without any switch."""
        app = host()
        del app.config["supportTickets"]
        SupportTickets(app, users.db, users.User, admin=new_admin(app))
        settle(app, users)
        return app

    def test_without_any_switch_it_is_off(self, app: Flask) -> None:
        assert not gate_of(app)

    @pytest.mark.parametrize("mode", ["MAIN", "main", "Main"])
    def test_the_main_mode_opens_it(self, app: Flask, mode: str) -> None:
        app.config["LICENSE_MODE"] = mode
        assert gate_of(app)

    @pytest.mark.parametrize("mode", ["CONSUMER", "", "MAINTENANCE", "MAIN,CONSUMER", None, True])
    def test_no_other_mode_does(self, app: Flask, mode: Any) -> None:
        app.config["LICENSE_MODE"] = mode
        assert not gate_of(app)

    @pytest.mark.parametrize("value", YES)
    @pytest.mark.parametrize("key", ["supportTickets", "SUPPORT_TICKETS_ENABLED"])
    def test_a_switch_that_is_on_opens_it(self, app: Flask, key: str, value: Any) -> None:
        app.config[key] = value
        assert gate_of(app)

    @pytest.mark.parametrize("value", NO)
    @pytest.mark.parametrize("key", ["supportTickets", "SUPPORT_TICKETS_ENABLED"])
    def test_any_other_value_of_a_switch_does_not(self, app: Flask, key: str, value: Any) -> None:
        app.config[key] = value
        assert not gate_of(app)

    @pytest.mark.parametrize("features", FEATURES_ON)
    def test_the_feature_on_the_list_opens_it(self, app: Flask, features: Any) -> None:
        app.config["LICENSE_FEATURES"] = features
        assert gate_of(app)

    @pytest.mark.parametrize("features", FEATURES_OFF)
    def test_other_features_do_not(self, app: Flask, features: Any) -> None:
        app.config["LICENSE_FEATURES"] = features
        assert not gate_of(app)

    def test_one_open_switch_is_enough_whatever_the_others_say(self, app: Flask) -> None:
        app.config.update(
            LICENSE_MODE="CONSUMER",
            supportTickets=False,
            SUPPORT_TICKETS_ENABLED="off",
            LICENSE_FEATURES=["supportTickets"],
        )
        assert gate_of(app)

    def test_a_setting_that_cannot_be_read_is_off_and_logged(
        self, app: Flask, caplog: pytest.LogCaptureFixture
    ) -> None:
        app.config["LICENSE_FEATURES"] = 42
        assert not gate_of(app)
        assert "license check for Support Tickets failed" in caplog.text

    def test_it_closes_and_opens_while_the_app_runs_and_nothing_stored_is_touched(
        self, app: Flask
    ) -> None:
        app.config["supportTickets"] = True
        client = sign_in(app, "alice")
        ticket = client.post("/api/tickets", json=NEW_TICKET).json["data"]
        app.config["supportTickets"] = False
        assert not gate_of(app)
        assert client.get(f"/api/tickets/{ticket['id']}").status_code == 403
        app.config["LICENSE_MODE"] = "MAIN"
        assert gate_of(app)
        assert client.get(f"/api/tickets/{ticket['id']}").json["data"] == ticket

    def test_while_it_is_off_nothing_can_be_written(self, app: Flask) -> None:
        client, staff = sign_in(app, "alice"), sign_in(app, "mona")
        assert client.post("/api/tickets", json=NEW_TICKET).status_code == 403
        assert client.post("/settings/ticket/new", data=NEW_TICKET).status_code == 404
        assert staff.post("/admin/tickets/1/status", data={"action": "Close"}).status_code == 404
        app.config["supportTickets"] = True
        assert count_of(app) == 0

    def test_the_menu_entry_goes_and_the_rest_of_the_menu_stays(self, app: Flask) -> None:
        staff = sign_in(app, "mona")
        app.config["supportTickets"] = True
        assert "Support Tickets" in staff.get("/admin/").text
        app.config["supportTickets"] = False
        html = staff.get("/admin/").text
        assert "Support Tickets" not in html
        assert 'href="/admin/"' in html


class TestLicenseCheck:
    @pytest.fixture
    def licensed_by(self, users: Users, host: Callable[..., Flask]) -> Callable[..., Flask]:
        """Return a host whose gate is asked of a function."""

        def make(check: Callable[[Flask], Any], **config: Any) -> Flask:
            app = host(**config)
            tickets = SupportTickets(db=users.db, user_model=users.User, license_check=check)
            tickets.init_app(app, admin=new_admin(app))
            settle(app, users)
            return app

        return make

    def test_true_opens_the_gate_against_every_switch(
        self, licensed_by: Callable[..., Flask]
    ) -> None:
        assert gate_of(licensed_by(lambda app: True, **ALL_OFF))

    @pytest.mark.parametrize("answer", [False, None, 0, "", "false"])
    def test_anything_else_closes_it_against_every_switch(
        self, licensed_by: Callable[..., Flask], answer: Any
    ) -> None:
        config = {"LICENSE_MODE": "MAIN", "LICENSE_FEATURES": ["supportTickets"]}
        assert not gate_of(licensed_by(lambda app: answer, SUPPORT_TICKETS_ENABLED=True, **config))

    def test_it_is_not_asked_before_there_is_a_request(
        self, licensed_by: Callable[..., Flask], caplog: pytest.LogCaptureFixture
    ) -> None:
        def check(app: Flask) -> bool:
            raise AssertionError("there may be no database yet")

        caplog.set_level(logging.INFO, "flask_support_tickets")
        licensed_by(check)
        assert [record.levelname for record in caplog.records] == ["INFO"]
        assert "switched by license_check alone" in caplog.text

    def test_it_is_asked_for_every_request_and_about_the_app(
        self, licensed_by: Callable[..., Flask]
    ) -> None:
        asked: list[Flask] = []
        app = licensed_by(lambda of: asked.append(of) or len(asked) % 2)
        client = sign_in(app, "alice")
        asked.clear()
        codes = [client.get("/api/tickets").status_code for _ in range(4)]
        assert codes == [200, 403, 200, 403]
        assert asked == [app] * 4

    def test_one_request_gets_one_answer(self, licensed_by: Callable[..., Flask]) -> None:
        asked: list[Flask] = []
        app = licensed_by(lambda of: not asked.append(of))
        client = sign_in(app, "mona")
        asked.clear()
        assert client.get("/admin/tickets/").status_code == 200
        assert len(asked) == 1

    @pytest.mark.parametrize("error", [RuntimeError("the license server is away"), KeyError("x")])
    def test_one_that_raises_is_logged_counts_as_off_and_breaks_no_page_of_the_host(
        self,
        licensed_by: Callable[..., Flask],
        caplog: pytest.LogCaptureFixture,
        error: Exception,
    ) -> None:
        def check(app: Flask) -> bool:
            raise error

        app = licensed_by(check)
        assert not gate_of(app)
        assert repr(error) in caplog.text or str(error) in caplog.text
        staff = sign_in(app, "mona")
        assert staff.get("/").status_code == 200
        assert staff.get("/admin/").status_code == 200


class TestLogLine:
    LOGGER = "flask_support_tickets.extension"

    @pytest.fixture
    def lines(self, caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
        caplog.set_level(logging.INFO, self.LOGGER)
        return lambda: [row.getMessage() for row in caplog.records if row.name == self.LOGGER]

    def test_off_at_init_app_is_told_in_one_line_that_names_the_switches(
        self, users: Users, host: Callable[..., Flask], lines: Callable[[], list[str]]
    ) -> None:
        SupportTickets(host(**ALL_OFF), users.db, users.User)
        [line] = lines()
        assert "are off for 'small'" in line
        for switch in (
            "supportTickets",
            "SUPPORT_TICKETS_ENABLED",
            "LICENSE_MODE",
            "LICENSE_FEATURES",
        ):
            assert f'"{switch}"' in line

    def test_on_at_init_app_is_not_worth_a_line(
        self, users: Users, host: Callable[..., Flask], lines: Callable[[], list[str]]
    ) -> None:
        SupportTickets(host(), users.db, users.User)
        assert lines() == []
