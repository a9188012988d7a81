"""Faults of the database and of the templates, on every face.

Rule U2. Cases 101, 110.
"""

from __future__ import annotations

import io
import logging
import subprocess
import sys

import jinja2
import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from flask_support_tickets import TicketStatus

from ..host import db
from .conftest import NEW, fill, new_ticket

#: Never in an answer: where the app is, and what it asked the database.
INNER_WORDS = ("Traceback", "SELECT", "/flask_support_tickets/", "secret", ".py", "sqlalchemy")
READS = ["/api/tickets", "/api/tickets/1", "/api/tickets/1/events", "/settings/ticket/1",
         "/settings/ticket", "/admin/tickets/", "/admin/tickets/1"]  # fmt: skip


@pytest.fixture
def host_config():
    return {
        "TESTING": False,
        "PROPAGATE_EXCEPTIONS": False,
        "SQLALCHEMY_ENGINE_OPTIONS": {"connect_args": {"timeout": 0.2}},
    }


def assert_tells_nothing(answer, status, url=""):
    assert answer.status_code == status, url
    assert not [word for word in INNER_WORDS if word in answer.text], url
    if status == 503:
        assert int(answer.headers["Retry-After"]) >= 1
    if url.startswith("/api"):
        code = "unavailable" if status == 503 else "internal_error"
        assert answer.json["error"]["code"] == code
    else:
        assert not answer.is_json


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OperationalError("secret", {}, Exception("secret")), 503),
        (PoolTimeoutError("secret"), 503),
        (ProgrammingError("secret", {}, Exception("secret")), 500),
        (RuntimeError("secret in /srv/flask_support_tickets/x.py: SELECT"), 500),
    ],
    ids=["connection", "pool", "statement", "driver"],
)
def test_fault_of_the_database_has_the_shape_of_each_face_and_tells_nothing(
    client_of, mona, make_ticket, everything, caplog, error, status
):
    caplog.set_level(logging.CRITICAL)
    make_ticket(owner=mona)
    client, before = client_of(mona), everything()
    typed = fill(client, subject="My words", description="D")

    def fail(connection, cursor, statement, *rest):
        if "support_ticket" in statement:
            raise error

    event.listen(db.engine, "before_cursor_execute", fail)
    for url in READS:
        assert_tells_nothing(client.get(url), status, url)
    assert_tells_nothing(new_ticket(client), status, "/api/tickets")
    answer = client.post(NEW, data=typed)
    assert_tells_nothing(answer, status)
    if status == 503:
        assert "My words" in answer.text
    event.remove(db.engine, "before_cursor_execute", fail)
    assert everything() == before
    assert client.get(READS[0]).json["data"]["totalCount"] == 1


def test_fault_of_the_database_at_sign_in_is_503_on_every_face(app, client_of, mona):
    client = client_of(mona)

    def fail(key):
        raise OperationalError("", {}, Exception())

    app.login_manager.user_loader(fail)
    for url in READS:
        assert_tells_nothing(client.get(url), 503, url)


def test_fault_of_a_template_is_an_error_page_and_spares_the_api(app, client_of, mona, caplog):
    caplog.set_level(logging.CRITICAL)
    broken = {"support_tickets/base.html": "{{ 1 / 0 }} {{ no_such_secret.attribute }}"}
    app.jinja_loader = jinja2.ChoiceLoader([jinja2.DictLoader(broken), app.jinja_loader])
    client = client_of(mona)
    for url in ("/settings/ticket", NEW):
        assert_tells_nothing(client.get(url), 500)
    assert new_ticket(client).status_code == 201
    assert client.get("/admin/tickets/").status_code == 200


LOCK = (
    "import sqlite3, sys; held = sqlite3.connect(sys.argv[1], isolation_level=None); "
    "held.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.readline()"
)


@pytest.mark.slow  # each of six requests waits for the lock in vain
def test_writes_are_503_while_another_process_locks_the_database_and_change_nothing(
    client_of, alice, mona, make_ticket, everything
):
    ticket = make_ticket(TicketStatus.InProgress)
    owner, staff = client_of(alice), client_of(mona)
    typed = {"subject": "My words", "description": "D", "text": "My words"}
    owners_form, staffs_form = fill(owner, **typed), fill(staff, **typed, action="MarkAsResolved")
    before, admin = everything(), f"/admin/tickets/{ticket.id}"
    file = {"file": (io.BytesIO(b"A note."), "note.txt")}
    command = [sys.executable, "-c", LOCK, db.engine.url.database]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        for answer in (
            new_ticket(owner),
            staff.put(f"/api/tickets/{ticket.id}/status", json={"action": "MarkAsResolved"}),
            owner.post("/api/ticket-attachments", data=file),
            owner.post(NEW, data=owners_form),
            staff.post(f"{admin}/comments", data=staffs_form),
            staff.post(f"{admin}/status", data=staffs_form),
        ):
            assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
            assert answer.is_json or b"<form" not in answer.data or b"My words" in answer.data
        assert owner.get(f"/api/tickets/{ticket.id}").status_code == 200
        assert everything() == before
