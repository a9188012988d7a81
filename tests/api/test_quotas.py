"""Quotas and rate limits.

Rules Q1, Q2.
"""

from __future__ import annotations

import pytest
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from flask_support_tickets import ConfigurationError, TicketStatus

from .. import host as host_module
from ..conftest import form_fields
from ..host import create_host

BODY = {"subject": "S", "description": "D"}


@pytest.fixture
def host_config():
    return {
        "SUPPORT_TICKETS_MAX_OPEN_TICKETS_PER_USER": 1,
        "SUPPORT_TICKETS_COMMENTS_PER_HOUR": 1,
    }


def assert_too_many(answer):
    assert (answer.status_code, answer.json["error"]["code"]) == (429, "too_many_requests")
    assert int(answer.headers["Retry-After"]) > 0


def test_post_beyond_a_quota_is_429_and_makes_nothing(
    client_of, alice, mona, make_ticket, everything
):
    ticket, client, staff = make_ticket(TicketStatus.InProgress), client_of(alice), client_of(mona)
    comment = {"ticketId": ticket.id, "text": "T"}
    assert client.post("/api/ticket-comments", json=comment).status_code == 201
    before = everything()
    assert_too_many(client.post("/api/tickets", json=BODY))
    assert_too_many(client.post("/api/ticket-comments", json=comment))
    fields = form_fields(client.get("/settings/ticket/new").text)
    answer = client.post("/settings/ticket/new", data={**fields, **BODY, "subject": "My words"})
    assert (answer.status_code, "Retry-After" in answer.headers) == (429, True)
    assert "My words" in answer.text
    assert "1 open ticket" in answer.text
    assert everything() == before
    assert {staff.post("/api/tickets", json=BODY).status_code for _ in range(3)} == {201}


@pytest.fixture
def with_limiter(monkeypatch):
    """Give the hosts of the test a Flask-Limiter, set up before the extension."""
    add_sign_in = host_module.add_sign_in

    def add_both(app):
        add_sign_in(app)
        Limiter(get_remote_address, app=app, storage_uri="memory://")

    monkeypatch.setattr(host_module, "add_sign_in", add_both)


def test_rate_limit_needs_flask_limiter(tmp_path):
    with pytest.raises(ConfigurationError, match="SUPPORT_TICKETS_RATE_LIMIT needs"):
        create_host(f"sqlite:///{tmp_path}/a.db", SUPPORT_TICKETS_RATE_LIMIT="3/minute")


def test_rate_limit_must_be_readable(tmp_path, with_limiter):
    with pytest.raises(ConfigurationError, match="SUPPORT_TICKETS_RATE_LIMIT"):
        create_host(f"sqlite:///{tmp_path}/a.db", SUPPORT_TICKETS_RATE_LIMIT="three a minute")


def test_rate_limit_answers_429_in_our_shape_and_leaves_the_host_alone(tmp_path, with_limiter):
    """Case 27: a forwarded address does not make a new visitor."""
    app = create_host(f"sqlite:///{tmp_path}/a.db", SUPPORT_TICKETS_RATE_LIMIT="3/minute")
    client = app.test_client()
    answers = [
        client.get("/api/tickets", headers={"X-Forwarded-For": f"10.0.0.{number}"})
        for number in range(5)
    ]
    assert [answer.status_code for answer in answers] == [401] * 3 + [429] * 2
    assert_too_many(answers[-1])
    assert [client.get("/").status_code for _ in range(5)] == [200] * 5
    assert [client.get("/settings/ticket").status_code for _ in range(4)][-1] == 429
