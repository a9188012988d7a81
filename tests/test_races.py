"""Sixteen requests at the same time: exactly one wins. Rules W3, W8, F1, F2. Cases 104, 106.

The use cases have races of their own in `tests/services/test_races.py`.
"""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from flask_support_tickets import TicketStatus

from .conftest import form_fields
from .databases import every_database
from .host import db

pytestmark = every_database

RACERS = 16
CONTENT = {"subject": "S", "description": "D"}
NEW = "/settings/ticket/new"


@pytest.fixture
def host_config(database):
    options = {"pool_size": RACERS + 1}
    if database == "sqlite":
        options["connect_args"] = {"timeout": 30}
    return {"SQLALCHEMY_ENGINE_OPTIONS": options}


@pytest.fixture
def race(client_of):
    """Let RACERS clients of one user send a request at the same time; return the answers."""

    def run(user, send):
        clients, start = [client_of(user) for _ in range(RACERS)], threading.Barrier(RACERS)
        db.session.rollback()

        def one(client):
            start.wait(60)
            return send(client)

        with ThreadPoolExecutor(RACERS) as pool:
            return list(pool.map(one, clients))

    return run


def test_one_of_sixteen_requests_starts_the_ticket(race, make_ticket, mona, everything):
    url, body = f"/api/tickets/{make_ticket().id}/status", {"action": "StartProgress"}
    answers = race(mona, lambda client: client.put(url, json=body))
    assert Counter(each.status_code for each in answers) == {200: 1, 409: RACERS - 1}
    assert len(everything()["support_ticket_event"]) == 2


@pytest.mark.parametrize(
    ("action", "status"),
    [("StartProgress", TicketStatus.New), ("MarkAsResolved", TicketStatus.InProgress)],
)
def test_one_of_sixteen_transitions_with_comments_wins_and_stores_its_comment(
    race, make_ticket, mona, everything, action, status
):
    """Rule W8."""
    ticket = make_ticket(status)
    url, body = f"/api/tickets/{ticket.id}/status", {"action": action, "comment": {"text": "A"}}
    answers = race(mona, lambda client: client.put(url, json=body))
    assert Counter(each.status_code for each in answers) == {200: 1, 409: RACERS - 1}
    assert len(everything()["support_ticket_comment"]) == 1


def test_one_of_sixteen_replies_starts_and_resolves_a_new_ticket(
    race, make_ticket, mona, everything
):
    """Rule W8."""
    url = f"/admin/tickets/{make_ticket().id}"

    def send(client):
        form = form_fields(client.get(NEW).text)
        return client.post(f"{url}/comments", data={**form, "text": "A", "then": "MarkAsResolved"})

    answers = race(mona, send)
    assert Counter(each.status_code for each in answers) == {303: 1, 409: RACERS - 1}
    stored = everything()
    assert len(stored["support_ticket_comment"]) == 1
    assert len(stored["support_ticket_event"]) == 4


@pytest.mark.parametrize("kind", ["form", "api"])
def test_one_of_sixteen_identical_requests_opens_a_ticket(race, client_of, alice, everything, kind):
    key = form_fields(client_of(alice).get(NEW).text)["submission_key"]

    def send(client):
        if kind == "api":
            return client.post("/api/tickets", json=CONTENT, headers={"Idempotency-Key": key})
        form = {**form_fields(client.get(NEW).text), "submission_key": key}
        return client.post(NEW, data={**form, **CONTENT})

    answers = race(alice, send)
    assert {each.status_code for each in answers} == {303 if kind == "form" else 201}
    assert len({each.headers.get("Location", each.text) for each in answers}) == 1
    assert len(everything()["support_ticket"]) == len(everything()["support_ticket_event"]) == 1
