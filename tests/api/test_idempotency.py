"""``Idempotency-Key``.

Rule F2. Case 106.
"""

from __future__ import annotations

import io

import pytest

from flask_support_tickets import TicketStatus

KEY = {"Idempotency-Key": "a key of mine"}
BODY = {"subject": "S", "description": "D"}


def open_ticket(client, headers=KEY, **body):
    return client.post("/api/tickets", json={**BODY, **body}, headers=headers)


@pytest.fixture
def posts(make_ticket):
    """Each address that takes a key, with a body that depends on a number."""
    ticket = make_ticket(TicketStatus.InProgress)
    return {
        "/api/tickets": lambda n: {"json": {**BODY, "subject": f"S {n}"}},
        "/api/ticket-comments": lambda n: {"json": {"ticketId": ticket.id, "text": f"T {n}"}},
        "/api/ticket-attachments": lambda n: {
            "data": {"file": (io.BytesIO(f"Text {n}".encode()), "note.txt")}
        },
    }


def test_same_key_gets_the_first_answer_or_a_conflict_and_makes_nothing(
    client_of, alice, posts, state
):
    client = client_of(alice)
    for number, (url, body) in enumerate(posts.items()):
        headers = {"Idempotency-Key": f"key {number}"}
        first = client.post(url, headers=headers, **body(1))
        assert first.status_code == 201, url
        after = state()
        again = client.post(url, headers=headers, **body(1))
        assert (again.status_code, again.data) == (201, first.data)
        for other, other_body in posts.items():
            answer = client.post(other, headers=headers, **other_body(2 if other == url else 1))
            code = (answer.status_code, answer.json["error"]["code"])
            assert code == (409, "idempotency_conflict"), (url, other)
        assert state() == after


def test_repeated_answer_is_the_first_one_whatever_happened_since(client_of, alice, mona):
    client, staff = client_of(alice), client_of(mona)
    first = open_ticket(client)
    number = first.json["data"]["id"]
    for action in ("StartProgress", "MarkAsResolved", "Close"):
        staff.put(f"/api/tickets/{number}/status", json={"action": action})
    assert open_ticket(client).data == first.data
    text = ' { "description" : "D",\n "subject": "S", "department": null } '
    again = client.post("/api/tickets", data=text, headers=KEY, content_type="application/json")
    assert again.data == first.data


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb"])
def test_key_is_1_to_255_printable_ascii_characters(client_of, alice, everything, key):
    client, before = client_of(alice), everything()
    answer = open_ticket(client, [("Idempotency-Key", key.encode().decode("latin-1"))])
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "invalid")
    assert list(answer.json["error"]["fields"]) == ["Idempotency-Key"]
    assert everything() == before


def test_put_ignores_the_key(client_of, mona, make_ticket):
    client, url = client_of(mona), f"/api/tickets/{make_ticket().id}/status"
    body = {"action": "StartProgress"}
    assert [client.put(url, json=body, headers=KEY).status_code for _ in "ab"] == [200, 409]
