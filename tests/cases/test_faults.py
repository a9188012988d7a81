"""The adversarial cases about faults of what is around: 101, 110 and 118."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
import threading
import time

import jinja2
import pytest
from sqlalchemy import event, text

from flask_support_tickets import TicketStatus

from ..host import db
from .conftest import NEW, fill, in_time, new_ticket

#: Never in an answer: where the app is, what it asked the database, how it came there.
INNER_WORDS = ("Traceback", "SELECT", "/flask_support_tickets/", "secret", ".py", "sqlalchemy")
READS = ["/api/tickets", "/api/tickets/1", "/api/tickets/1/events", "/settings/ticket/1",
         "/settings/ticket", "/admin/tickets/", "/admin/tickets/1"]  # fmt: skip


def upload(client, data=b"A note."):
    form = {"file": (io.BytesIO(data), "note.txt")}
    return client.post("/api/ticket-attachments", data=form)


class TestFaultsThatNobodyExpects:
    """Case 101."""

    @pytest.fixture
    def host_config(self):
        return {"TESTING": False, "PROPAGATE_EXCEPTIONS": False}

    @pytest.fixture(autouse=True)
    def quiet(self, caplog):
        caplog.set_level(logging.CRITICAL)

    @staticmethod
    def assert_tells_nothing(answer, status):
        assert answer.status_code == status
        assert not [word for word in INNER_WORDS if word in answer.text]
        if answer.is_json:
            assert answer.json["error"]["code"] in ("internal_error", "unavailable")

    def test_of_a_driver_are_500_in_the_shape_of_each_face(self, client_of, mona, make_ticket):
        make_ticket(owner=mona)
        client = client_of(mona)

        def fail(connection, cursor, statement, *rest):
            if "support_ticket" in statement:
                raise RuntimeError(f"secret in /srv/flask_support_tickets/x.py: {statement}")

        event.listen(db.engine, "before_cursor_execute", fail)
        for url in READS:
            answer = client.get(url)
            self.assert_tells_nothing(answer, 500)
            assert answer.is_json is url.startswith("/api")
        self.assert_tells_nothing(new_ticket(client), 500)
        event.remove(db.engine, "before_cursor_execute", fail)
        assert client.get(READS[0]).json["data"]["totalCount"] == 1

    def test_of_a_template_are_an_error_page_and_leave_the_api(self, app, client_of, mona):
        own = {"support_tickets/base.html": "{{ 1 / 0 }} {{ no_such_secret.attribute }}"}
        app.jinja_loader = jinja2.ChoiceLoader([jinja2.DictLoader(own), app.jinja_loader])
        client = client_of(mona)
        for url in ("/settings/ticket", NEW):
            self.assert_tells_nothing(client.get(url), 500)
        assert new_ticket(client).status_code == 201
        assert client.get("/admin/tickets/").status_code == 200

    def test_of_the_store_are_503_and_leave_the_texts(self, client_of, mona, state, tmp_path):
        client = client_of(mona)
        known = upload(client).json["data"]["url"]
        before = state()
        folder = tmp_path / "files"
        assert len(list(folder.rglob("*"))) > 1
        folder.rename(tmp_path / "gone")
        folder.write_bytes(b"a file where the store was")
        answer = upload(client)
        self.assert_tells_nothing(answer, 503)
        assert answer.headers["Retry-After"]
        assert client.get(known).status_code in (404, 503)
        folder.unlink()
        (tmp_path / "gone").rename(folder)
        assert state() == before
        assert client.get(known).data == b"A note."


class TestADatabaseThatAnotherProcessHolds:
    """Case 110."""

    TIMEOUT = 0.6
    LOCK = (
        "import sqlite3, sys; held = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "held.execute('BEGIN IMMEDIATE'); print('held', flush=True); "
        "sys.stdin.readline(); held.rollback()"
    )

    @pytest.fixture
    def host_config(self):
        return {"SQLALCHEMY_ENGINE_OPTIONS": {"connect_args": {"timeout": self.TIMEOUT}}}

    @pytest.fixture
    def lock(self, app):
        """Hold the database until the returned function is called."""
        held = []

        def hold():
            process = subprocess.Popen(
                [sys.executable, "-c", self.LOCK, db.engine.url.database],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
            assert process.stdout.readline() == b"held\n"
            held.append(process)
            return process

        yield hold
        for process in held:
            process.stdin.close()
            process.stdout.close()
            process.wait(10)

    def test_for_a_moment_is_waited_for(self, client_of, alice, lock):
        client, process = client_of(alice), lock()
        started = time.monotonic()
        letting_go = threading.Timer(0.3, process.stdin.close)
        letting_go.start()
        assert new_ticket(client).status_code == 201
        assert time.monotonic() - started >= 0.3
        letting_go.join()

    def test_for_long_is_503_in_time_and_nothing_is_half_written(
        self, client_of, alice, mona, lock, make_ticket, everything, state
    ):
        ticket = make_ticket(TicketStatus.InProgress)
        owner, staff = client_of(alice), client_of(mona)
        forms = {client: fill(client, subject="My words", description="My words", text="My words",
                              action="MarkAsResolved") for client in (owner, staff)}  # fmt: skip
        before = state()
        lock()
        step = {"action": "MarkAsResolved"}
        for send in (
            lambda: new_ticket(owner),
            lambda: staff.put(f"/api/tickets/{ticket.id}/status", json=step),
            lambda: upload(owner),
            lambda: owner.post(NEW, data=forms[owner]),
            lambda: staff.post(f"/admin/tickets/{ticket.id}/status", data=forms[staff]),
        ):
            answer = in_time(self.TIMEOUT + 1, send)
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) >= 1
            if not answer.is_json and b"<form" in answer.data:
                assert b"My words" in answer.data
        assert owner.get(f"/api/tickets/{ticket.id}").status_code == 200
        assert state() == before


@pytest.mark.parametrize("way", ["by the ORM", "by a statement"])
class TestAUserWhoIsDeleted:
    """Case 118."""

    def test_leaves_tickets_comments_files_and_a_placeholder(
        self, client_of, make_user, adam, make_ticket, make_comment, make_upload, everything, way
    ):
        owner, staff = make_user("olga"), make_user("stan", role="moderator")
        file = make_upload(owner)
        ticket = make_ticket(
            TicketStatus.InProgress, owner=owner, staff=staff, attachment_urls=[file.path]
        )
        make_comment(ticket, staff, parent=make_comment(ticket, owner))
        before, path = everything(), file.path
        for user in (owner, staff):
            if way == "by the ORM":
                db.session.delete(user)
            else:  # SQLite does not look at foreign keys unless the host asks it to
                db.session.execute(text("DELETE FROM host_user WHERE id = :id"), {"id": user.id})
        db.session.commit()
        client = client_of(adam)
        for url in ("/admin/tickets/", f"/admin/tickets/{ticket.id}"):
            page = client.get(url)
            assert page.status_code == 200
            assert "Deleted user" in page.text
            assert "olga" not in page.text
        data = client.get(f"/api/tickets/{ticket.id}").json["data"]
        assert (data["userId"], data["userName"]) == (None, "Deleted user")
        assert (data["assignedToUserId"], data["assignedToName"]) == (None, None)
        for url in (f"/api/ticket-comments/ticket/{ticket.id}", f"/api/tickets/{ticket.id}/events"):
            assert client.get(url).status_code == 200
        assert client.get(path).data == b"A note."
        after = everything()
        for name in ("support_ticket", "support_ticket_comment", "support_ticket_event",
                     "support_ticket_attachment"):  # fmt: skip
            assert len(after[name]) == len(before[name]), name
        for action in ("MarkAsResolved", "Close"):
            answer = client.put(f"/api/tickets/{ticket.id}/status", json={"action": action})
            assert answer.status_code == 200
