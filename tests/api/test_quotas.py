"""Quotas and rate limits (rules Q1 and Q2)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask_limiter import Limiter

from flask_support_tickets import ConfigurationError, TicketStatus
from flask_support_tickets.models import utc_now

from ..conftest import form_fields
from ..host import create_host, db, tickets

BODY = {"subject": "S", "description": "D"}


class TestOpenTickets:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_MAX_OPEN_TICKETS_PER_USER": 2}

    def test_beyond_the_limit_are_429_and_make_nothing(
        self, client_of, alice, bob, mona, everything
    ):
        client, staff = client_of(alice), client_of(mona)
        numbers = [client.post("/api/tickets", json=BODY).json["data"]["id"] for _ in "ab"]
        before = everything()
        answer = client.post("/api/tickets", json=BODY)
        assert (answer.status_code, answer.json["error"]["code"]) == (429, "too_many_requests")
        assert int(answer.headers["Retry-After"]) > 0
        assert everything() == before
        assert client_of(bob).post("/api/tickets", json=BODY).status_code == 201
        for action in ("StartProgress", "MarkAsResolved"):
            staff.put(f"/api/tickets/{numbers[0]}/status", json={"action": action})
        assert client.post("/api/tickets", json=BODY).status_code == 201

    def test_come_after_a_key_that_was_used(self, client_of, alice, everything):
        client = client_of(alice)
        keys = [{"Idempotency-Key": name} for name in "abc"]
        first = client.post("/api/tickets", json=BODY, headers=keys[0])
        client.post("/api/tickets", json=BODY, headers=keys[1])
        before = everything()
        again = client.post("/api/tickets", json=BODY, headers=keys[0])
        assert (again.status_code, again.data) == (201, first.data)
        other = client.post("/api/tickets", json={**BODY, "subject": "T"}, headers=keys[0])
        assert other.json["error"]["code"] == "idempotency_conflict"
        assert client.post("/api/tickets", json=BODY, headers=keys[2]).status_code == 429
        assert everything() == before

    def test_do_not_hold_staff(self, client_of, mona):
        client = client_of(mona)
        statuses = [client.post("/api/tickets", json=BODY).status_code for _ in range(4)]
        assert statuses == [201] * 4

    def test_a_form_keeps_what_was_typed(self, client_of, alice):
        client = client_of(alice)
        for number in range(3):
            fields = form_fields(client.get("/settings/ticket/new").text)
            data = {**fields, "subject": f"My words {number}", "description": "D"}
            answer = client.post("/settings/ticket/new", data=data)
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 1
        assert "My words 2" in answer.text
        assert "2 open tickets" in answer.text

    def test_hold_simultaneous_requests(self, app, client_of, alice, everything):
        clients = [client_of(alice) for _ in range(8)]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda c: c.post("/api/tickets", json=BODY), clients))
        assert sorted(answer.status_code for answer in answers) == [201] * 2 + [429] * 6
        assert len(everything()["support_ticket"]) == 2


class TestComments:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_COMMENTS_PER_HOUR": 2}

    def test_beyond_the_limit_are_429_until_one_is_an_hour_old(
        self, client_of, alice, mona, make_ticket, make_comment, everything
    ):
        ticket = make_ticket(TicketStatus.InProgress)
        client = client_of(alice)
        body = {"ticketId": ticket.id, "text": "T"}
        first = client.post("/api/ticket-comments", json=body).json["data"]["id"]
        assert client.post("/api/ticket-comments", json=body).status_code == 201
        before = everything()
        answer = client.post("/api/ticket-comments", json=body)
        assert (answer.status_code, answer.json["error"]["code"]) == (429, "too_many_requests")
        assert 3_590 <= int(answer.headers["Retry-After"]) <= 3_601
        assert everything() == before
        model = tickets.TicketComment
        almost = utc_now() - timedelta(minutes=59, seconds=50)
        db.session.execute(db.update(model).where(model.id == first).values(created_at=almost))
        db.session.commit()
        answer = client.post("/api/ticket-comments", json=body)
        assert 1 <= int(answer.headers["Retry-After"]) <= 11
        db.session.execute(
            db.update(model)
            .where(model.id == first)
            .values(created_at=almost - timedelta(seconds=15))
        )
        db.session.commit()
        assert client.post("/api/ticket-comments", json=body).status_code == 201
        for _ in range(4):
            assert make_comment(ticket, mona).is_staff


class TestRateLimit:
    def make(self, tmp_path, **config):
        return create_host(f"sqlite:///{tmp_path}/limits.db", **config)

    def test_needs_flask_limiter(self, tmp_path):
        with pytest.raises(ConfigurationError, match="SUPPORT_TICKETS_RATE_LIMIT needs"):
            self.make(tmp_path, SUPPORT_TICKETS_RATE_LIMIT="3/minute")

    @pytest.fixture
    def limited(self, monkeypatch):
        """Let every host of the test have a Flask-Limiter, set up before the extension."""
        from .. import host as host_module

        real = host_module.add_sign_in

        def add_both(app):
            real(app)
            Limiter(lambda: "everybody", app=app, storage_uri="memory://")

        monkeypatch.setattr(host_module, "add_sign_in", add_both)

    def test_must_be_one_that_flask_limiter_reads(self, tmp_path, limited):
        with pytest.raises(ConfigurationError, match="SUPPORT_TICKETS_RATE_LIMIT"):
            self.make(tmp_path, SUPPORT_TICKETS_RATE_LIMIT="three a minute")

    def test_answers_429_in_our_shape_and_leaves_the_host_alone(self, tmp_path, limited):
        app = self.make(tmp_path, SUPPORT_TICKETS_RATE_LIMIT="3/minute")
        with app.app_context():
            db.create_all()
        client = app.test_client()
        answers = [client.get("/api/tickets") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [401] * 3 + [429] * 2
        assert answers[-1].json["error"]["code"] == "too_many_requests"
        assert int(answers[-1].headers["Retry-After"]) > 0
        assert [client.get("/").status_code for _ in range(5)] == [200] * 5
        assert [client.get("/settings/ticket").status_code for _ in range(4)][-1] == 429
        with app.app_context():
            db.engine.dispose()
