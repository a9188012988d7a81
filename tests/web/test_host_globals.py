"""The host's layout shows a link to the tickets, with the number that wait (rule R5)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, render_template_string
from sqlalchemy import event

from flask_support_tickets import TicketStatus
from flask_support_tickets.web import host_globals

from ..databases import every_database
from ..host import User, db

LAYOUT = "{{ support_tickets_url() }} {{ support_tickets_unread() }} {{ support_tickets_unread() }}"


@pytest.fixture(autouse=True)
def _page(app: Flask) -> None:
    app.add_url_rule("/layout", "layout", lambda: render_template_string(LAYOUT))


@every_database
def test_requester_sees_the_number_of_tickets_with_new_replies(
    client_of: Any, make_ticket: Any, make_comment: Any, make_note: Any, alice: User, mona: User
) -> None:
    answered = make_ticket(TicketStatus.InProgress)
    noted = make_ticket(TicketStatus.InProgress)
    make_comment(answered, mona)
    make_comment(answered, mona)
    make_note(noted, mona)
    assert client_of(alice).get("/layout").text == "/settings/ticket 1 1"


@every_database
def test_staff_see_the_number_of_tickets_that_wait_for_them(
    client_of: Any, make_ticket: Any, make_comment: Any, alice: User, mona: User
) -> None:
    make_ticket()
    waiting, answered = make_ticket(TicketStatus.InProgress), make_ticket(TicketStatus.InProgress)
    make_ticket(TicketStatus.Closed)
    make_comment(waiting, alice)
    make_comment(answered, mona)
    assert client_of(mona).get("/layout").text == "/admin/tickets/ 2 2"


def test_number_takes_one_statement_for_a_request(
    client_of: Any, make_ticket: Any, alice: User
) -> None:
    make_ticket()
    client = client_of(alice)
    client.get("/layout")
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    client.get("/layout")
    assert len([each for each in statements if "count(" in each]) == 1


def test_anonymous_visitor_and_closed_gate_have_no_number(app: Flask, alice: User) -> None:
    assert app.test_client().get("/layout").text == "/settings/ticket 0 0"
    app.config["supportTickets"] = False
    assert app.test_client().get("/layout").text == " 0 0"


def test_error_breaks_no_page_of_the_host(
    client_of: Any, alice: User, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def fail(**_: Any) -> int:
        raise RuntimeError("no database")

    monkeypatch.setattr(host_globals, "count_unread_tickets", fail)
    assert client_of(alice).get("/layout").text == "/settings/ticket 0 0"
    assert caplog.text.count("Could not count the unread tickets.") == 1
