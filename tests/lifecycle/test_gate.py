"""The license gate: its switches, the host's own check, and the log. Rules L1, L2, L3, L4."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from flask_support_tickets import SupportTickets
from flask_support_tickets.licensing import is_licensed

from ..hosts.small import new_admin, settle, sign_in
from .conftest import NEW_TICKET, count_of, gate_of

ALL_ON = {
    "supportTickets": True,
    "SUPPORT_TICKETS_ENABLED": True,
    "LICENSE_MODE": "MAIN",
    "LICENSE_FEATURES": ["supportTickets"],
}
ALL_OFF = {"supportTickets": False, "SUPPORT_TICKETS_ENABLED": "off", "LICENSE_MODE": "CONSUMER"}
YES: list[Any] = [True, 1, "1", "true", "TRUE", "yes", "Yes", "on", " ON "]
NO: list[Any] = [False, 0, 2, "0", "false", "no", "off", "", None, "2", "maybe", "MAIN", [], 1.5]
#: Each switch, with values that open the gate and values that do not.
SWITCHES: list[tuple[str, list[Any], list[Any]]] = [
    ("supportTickets", YES, NO),
    ("SUPPORT_TICKETS_ENABLED", YES, NO),
    ("LICENSE_MODE", ["MAIN", "main", " Main "],
     ["CONSUMER", "", "MAINTENANCE", "MAIN,CONSUMER", None, True]),
    ("LICENSE_FEATURES",
     [{"supportTickets": True}, {"supportTickets": False, "support_tickets": "yes"},
      ["supportTickets"], ("billing", "support_tickets"), frozenset({"support_tickets"}),
      "supportTickets", "billing , support_tickets"],
     [{"supportTickets": "off", "billing": True}, {"supportTickets": None}, ["billing", 7, None],
      [], "", "supportTicketsPlus", "my-supportTickets billing", None]),
]  # fmt: skip


def is_open(check: Callable[[Flask], Any] | None = None, **config: Any) -> bool:
    app = Flask("plain")
    app.config.update(config)
    return is_licensed(app, check)


@pytest.mark.parametrize(("switch", "opening", "others"), SWITCHES)
def test_one_switch_that_is_on_opens_the_gate_and_no_other_value_does(switch, opening, others):
    assert not is_open()
    for value in opening:
        assert is_open(**{**ALL_OFF, switch: value}), value
    for value in others:
        assert not is_open(**{switch: value}), value


def test_license_check_alone_decides():
    for answer in (True, 1, "yes", ["anything"]):
        assert is_open(lambda app, answer=answer: answer, **ALL_OFF), answer
    for answer in (False, None, 0, "", "false", []):
        assert not is_open(lambda app, answer=answer: answer, **ALL_ON), answer


def test_setting_of_a_wrong_type_is_logged_and_shuts_the_gate(caplog):
    assert not is_open(LICENSE_FEATURES=42)
    assert "license check for Support Tickets failed" in caplog.text


def test_gate_opens_and_shuts_while_the_app_runs_and_keeps_what_is_stored(users, host):
    app = host(supportTickets=False)
    SupportTickets(app, users.db, users.User, admin=new_admin(app))
    settle(app, users)
    client, staff = sign_in(app, "alice"), sign_in(app, "mona")
    assert not gate_of(app)
    app.config["supportTickets"] = True
    assert gate_of(app)
    ticket = client.post("/api/tickets", json=NEW_TICKET).json["data"]
    app.config["supportTickets"] = False
    assert not gate_of(app)
    assert client.post("/api/tickets", json=NEW_TICKET).status_code == 403
    assert client.post("/settings/ticket/new", data=NEW_TICKET).status_code == 404
    step = {"action": "StartProgress"}
    assert staff.post(f"/admin/tickets/{ticket['id']}/status", data=step).status_code == 404
    app.config["LICENSE_MODE"] = "MAIN"
    assert gate_of(app)
    assert client.get(f"/api/tickets/{ticket['id']}").json["data"] == ticket
    assert count_of(app) == 1


def test_license_check_is_asked_once_a_request_and_not_at_set_up(users, host, caplog):
    caplog.set_level(logging.INFO, "flask_support_tickets")
    asked: list[Flask] = []
    app = host()
    options = {"license_check": lambda of: asked.append(of) or len(asked) % 2}
    SupportTickets(app, users.db, users.User, admin=new_admin(app), **options)
    assert asked == []
    assert "switched by license_check alone" in caplog.text
    settle(app, users)
    client = sign_in(app, "mona")
    asked.clear()
    pages = ["/admin/tickets/", "/api/tickets", "/settings/ticket", "/api/tickets"]
    assert [client.get(path).status_code for path in pages] == [200, 403, 200, 403]
    assert asked == [app] * 4


def test_gate_that_is_shut_at_set_up_is_logged_with_the_switches(users, host, caplog):
    caplog.set_level(logging.INFO, "flask_support_tickets.extension")
    SupportTickets(host(), users.db, users.User)
    assert caplog.messages == []
    SupportTickets(host(supportTickets=False), users.db, users.User)
    [record] = caplog.records
    line = record.getMessage()
    assert record.levelno == logging.WARNING
    assert "'small'" in line
    assert all(f'"{switch}"' in line for switch in ALL_ON)
    assert "upper-case names only" in line


def test_class_of_settings_switches_on_by_the_name_in_upper_case_only(users, host, caplog):
    class Settings:
        SUPPORT_TICKETS_ENABLED = True
        supportTickets = False

    app = host(supportTickets=False)
    app.config.from_object(Settings)
    SupportTickets(app, users.db, users.User, admin=new_admin(app))
    settle(app, users)
    assert caplog.messages == []
    assert gate_of(app)
