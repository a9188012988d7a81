"""The adversarial cases about the license gate: 117."""

from __future__ import annotations

import dataclasses
import io

import pytest
from sqlalchemy import event

from flask_support_tickets import TicketStatus

from ..host import db
from .conftest import fill, in_time


class TestAGateThatShutsInBetween:
    """Case 117: a request that was let in is served whole, the next one is not let in."""

    @pytest.fixture
    def shut(self, app, monkeypatch):
        monkeypatch.setitem(app.config, "supportTickets", True)
        return lambda *args: app.config.update(supportTickets=False)

    @pytest.fixture
    def ask(self, app, monkeypatch):
        """Let a function decide whether the gate is open."""
        state = app.extensions["support_tickets"]

        def decide_by(check):
            asking = dataclasses.replace(state, license_check=check)
            monkeypatch.setitem(app.extensions, "support_tickets", asking)

        return decide_by

    def assert_shut(self, client):
        answer = client.get("/api/tickets")
        assert (answer.status_code, answer.json["error"]["code"]) == (403, "feature_not_licensed")
        assert client.get("/settings/ticket").status_code == 404
        assert client.get("/admin/tickets/").status_code == 404

    @pytest.mark.parametrize("face", ["api", "page", "admin"])
    def test_before_the_commit(self, app, client_of, mona, make_ticket, everything, shut, face):
        ticket = make_ticket(TicketStatus.InProgress, owner=mona)
        client = client_of(mona)
        data = fill(client, text="A word.")
        before = everything()
        event.listen(db.session, "before_commit", shut)
        try:
            if face == "api":
                body = {"ticketId": ticket.id, "text": "A word."}
                assert client.post("/api/ticket-comments", json=body).status_code == 201
            else:
                url = {"page": "/settings/ticket", "admin": "/admin/tickets"}[face]
                answer = client.post(f"{url}/{ticket.id}/comments", data=data)
                assert answer.status_code == 303
        finally:
            event.remove(db.session, "before_commit", shut)
        assert app.config["supportTickets"] is False
        self.assert_shut(client)
        after = everything()
        for name in ("support_ticket_comment", "support_ticket_event"):
            assert len(after[name]) == len(before[name]) + 1

    def test_while_a_file_arrives(self, app, client_of, mona, shut):
        class Slow(io.BytesIO):
            def readinto(self, buffer):
                shut()
                return super().readinto(buffer)

        client, line = client_of(mona), b"A line of a long file.\n" * 10_000
        body = (b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
                b"%s\r\n--x--\r\n" % line)  # fmt: skip
        answer = client.post(
            "/api/ticket-attachments", input_stream=Slow(body),
            headers={"Content-Type": "multipart/form-data; boundary=x"},
            environ_overrides={"CONTENT_LENGTH": str(len(body))},
        )  # fmt: skip
        assert answer.status_code == 201
        self.assert_shut(client)
        app.config["supportTickets"] = True
        assert client.get(answer.json["data"]["url"]).data == line

    def test_right_after_it_was_asked(self, client_of, mona, ask):
        client, opened = client_of(mona), iter([True])
        ask(lambda app: next(opened, False))
        page = client.get("/admin/tickets/")  # its menu asks again, and again
        assert page.status_code == 200
        assert "Support Tickets</a>" in page.text
        self.assert_shut(client)

    def test_for_a_source_that_fails(self, client_of, mona, ask, caplog):
        client = client_of(mona)
        answers = (None, "", "no", 0, [], RuntimeError("secret"), SystemError(), KeyError("x"))
        for answer in answers:

            def check(app, answer=answer):
                if isinstance(answer, Exception):
                    raise answer
                return answer

            ask(check)
            in_time(1, lambda: self.assert_shut(client))
            assert client.get("/").status_code == 200
        assert caplog.text.count("The license check for Support Tickets failed") >= 9
