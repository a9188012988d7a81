"""``PATCH /api/tickets/:id``. Rule W10; the rules themselves are proven in the services."""

from __future__ import annotations

import pytest

from flask_support_tickets import TicketStatus

New, InProgress, Resolved, Closed = TicketStatus


def patch(client, ticket, body, **headers):
    return client.patch(f"/api/tickets/{ticket.id}", json=body, headers=headers)


def test_requester_changes_own_new_ticket(client_of, alice, make_ticket, make_upload):
    first = make_upload(alice, "größe.txt").path
    ticket, client = make_ticket(subject="A", attachment_urls=[first]), client_of(alice)
    seen = client.get(f"/api/tickets/{ticket.id}")
    assert "Edit" in seen.json["data"]["allowedActions"]
    link = "https://e.org/x"
    body = {"subject": " B ", "attachmentUrls": [link, *seen.json["data"]["attachmentUrls"]]}
    answer = patch(client, ticket, body, **{"If-Match": seen.headers["ETag"]})
    assert answer.status_code == 200
    assert (answer.json["data"]["subject"], answer.json["data"]["department"]) == ("B", None)
    assert answer.json["data"]["attachmentUrls"] == [link, *seen.json["data"]["attachmentUrls"]]
    assert answer.headers["ETag"] != seen.headers["ETag"]
    events = client.get(f"/api/tickets/{ticket.id}/events").json["data"]["events"]
    assert (events[0]["changes"], events[-1]["action"]) == (None, "Edited")
    change = {"subject": {"from": "A", "to": "B"}, "attachmentUrls": {}}
    assert events[-1]["changes"] == change
    assert patch(client, ticket, {"department": "IT"}).json["data"]["subject"] == "B"


@pytest.mark.parametrize(
    ("who", "status", "body", "expected"),
    [
        ("alice", New, {"subject": " "}, (422, "subject")),
        ("alice", New, {"subject": None}, (422, "subject")),
        ("alice", New, {"description": 7}, (422, "description")),
        ("alice", New, {"priority": 2}, (422, "priority")),
        ("alice", New, {"status": 2}, (422, "status")),
        ("alice", New, {"userId": 1}, (422, "userId")),
        ("alice", New, {"attachmentUrls": ["x"]}, (422, "attachmentUrls")),
        ("mona", New, {"description": "D"}, (422, "description")),
        ("mona", New, {"attachmentUrls": []}, (422, "attachmentUrls")),
        ("mona", New, {"priority": 4}, (422, "priority")),
        ("bob", New, {"subject": "B"}, (404, None)),
        ("alice", InProgress, {"subject": "B"}, (409, 1)),
        ("mona", Closed, {"subject": "B"}, (409, 3)),
    ],
)
def test_refused_change_changes_nothing(
    client_of, alice, bob, mona, make_ticket, everything, who, status, body, expected
):
    ticket = make_ticket(status)
    before = everything()
    user = {"alice": alice, "bob": bob, "mona": mona}[who]
    answer = patch(client_of(user), ticket, body)
    error = answer.json["error"]
    detail = next(iter(error["fields"])) if "fields" in error else error.get("status")
    assert (answer.status_code, detail) == expected
    assert everything() == before


def test_stale_etag_is_412(client_of, alice, make_ticket, everything):
    """Rule E2."""
    ticket, client = make_ticket(), client_of(alice)
    etag = client.get(f"/api/tickets/{ticket.id}").headers["ETag"]
    assert patch(client, ticket, {"subject": "B"}, **{"If-Match": etag}).status_code == 200
    before = everything()
    assert patch(client, ticket, {"subject": "C"}, **{"If-Match": etag}).status_code == 412
    assert everything() == before


def test_fields_of_staff_are_changed_until_the_ticket_is_closed(client_of, mona, make_ticket):
    client = client_of(mona)
    for status in (New, InProgress, Resolved):
        answer = patch(client, make_ticket(status), {"priority": 3, "department": "IT"})
        assert answer.json["data"]["priorityName"] == "Urgent"
        assert answer.json["data"]["status"] == status
