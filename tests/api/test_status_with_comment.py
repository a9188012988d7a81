"""A transition with a comment, in one request. Rule W8."""

from __future__ import annotations

import pytest

from flask_support_tickets import TicketStatus

from ..databases import every_database
from ..host import db, tickets

New, InProgress, Resolved, Closed = TicketStatus


def send(client, ticket, action, comment, **more):
    headers = more.pop("headers", None)
    body = {"action": action, "comment": comment, **more}
    return client.put(f"/api/tickets/{ticket.id}/status", json=body, headers=headers)


def history(ticket):
    db.session.rollback()  # ends an old snapshot
    event = tickets.TicketEvent
    query = db.select(event.action, event.from_status, event.to_status)
    rows = db.session.execute(query.where(event.ticket_id == ticket.id).order_by(event.id))
    return [tuple(row) for row in rows]


@every_database
@pytest.mark.parametrize(
    ("action", "status", "events"),
    [
        ("StartProgress", New, [("StartProgress", 0, 1), ("Comment", 1, 1)]),
        ("MarkAsResolved", InProgress, [("Comment", 1, 1), ("MarkAsResolved", 1, 2)]),
        ("Reopen", Resolved, [("Reopen", 2, 1), ("Comment", 1, 1)]),
    ],
)
def test_staff_take_action_and_comment(
    client_of, mona, make_ticket, make_upload, action, status, events
):
    ticket = make_ticket(status)
    url = f"/api/ticket-attachments/{(upload := make_upload(mona)).storage_key}/{upload.filename}"
    answer = send(client_of(mona), ticket, action, {"text": " Done. ", "attachmentUrls": [url]})
    assert answer.status_code == 200
    assert answer.json["data"]["commentCount"] == 1
    assert answer.json["data"]["status"] == events[-1][2]
    assert history(ticket)[-2:] == events
    comment = db.session.scalars(db.select(tickets.TicketComment)).one()
    assert (comment.text, comment.is_staff, len(comment.attachments)) == ("Done.", True, 1)


def test_requester_reopens_and_comments(client_of, alice, make_ticket):
    ticket = make_ticket(Resolved)
    answer = send(client_of(alice), ticket, "Reopen", {"text": "It is still broken."})
    assert (answer.json["data"]["status"], answer.json["data"]["commentCount"]) == (1, 1)
    db.session.refresh(ticket)
    assert ticket.awaiting_since is not None


@every_database
@pytest.mark.parametrize(
    ("who", "status", "action", "comment", "expected"),
    [
        ("mona", New, "StartProgress", {"text": " "}, (422, "comment.text")),
        ("mona", New, "StartProgress", {}, (422, "comment.text")),
        ("mona", New, "StartProgress", "Hi", (422, "comment")),
        ("mona", New, "StartProgress", {"text": "A", "isStaff": True}, (422, "comment.isStaff")),
        (
            *("mona", New, "StartProgress"),
            *({"text": "A", "attachmentUrls": ["x"]}, (422, "comment.attachmentUrls")),
        ),
        (
            *("mona", New, "StartProgress"),
            {"text": "A", "attachmentUrls": [f"/api/ticket-attachments/{'0' * 32}/a.txt"]},
            (422, "comment.attachmentUrls"),
        ),
        ("mona", New, "Assign", {"text": "A"}, (422, "comment")),
        ("mona", Resolved, "Close", {"text": "A"}, (422, "comment")),
        ("alice", New, "Withdraw", {"text": "A"}, (422, "comment")),
        ("alice", New, "StartProgress", {"text": "A"}, (403, None)),
        ("bob", New, "StartProgress", {"text": "A"}, (404, None)),
        ("mona", Resolved, "StartProgress", {"text": "A"}, (409, 2)),
        ("mona", New, "MarkAsResolved", {"text": "A"}, (409, 0)),
        ("mona", Resolved, "MarkAsResolved", {"text": "A"}, (409, 2)),
        ("alice", Closed, "Reopen", {"text": "A"}, (409, 3)),
    ],
)
def test_refusal_changes_neither_status_nor_comments(
    client_of, alice, bob, mona, make_ticket, everything, who, status, action, comment, expected
):
    ticket = make_ticket(status)
    more = {"assignedToUserId": mona.id} if action == "Assign" else {}
    before = everything()
    user = {"alice": alice, "bob": bob, "mona": mona}[who]
    answer = send(client_of(user), ticket, action, comment, **more)
    error = answer.json["error"]
    detail = next(iter(error["fields"])) if "fields" in error else error.get("status")
    assert (answer.status_code, detail) == expected
    if answer.status_code == 409:
        assert error["code"] == "invalid_transition"
    assert everything() == before


def test_null_comment_is_no_comment(client_of, mona, make_ticket):
    ticket = make_ticket(Resolved)
    assert send(client_of(mona), ticket, "Close", None).status_code == 200


@pytest.mark.parametrize(
    ("action", "status"), [("StartProgress", New), ("MarkAsResolved", InProgress)]
)
def test_stale_etag_stores_no_comment(client_of, mona, make_ticket, everything, action, status):
    """Rule E2."""
    ticket, client = make_ticket(status), client_of(mona)
    etag = client.get(f"/api/tickets/{ticket.id}").headers["ETag"]
    stale, before = {"If-Match": '"old"'}, everything()
    answer = send(client, ticket, action, {"text": "A"}, headers=stale)
    assert answer.status_code == 412
    assert everything() == before
    assert (
        send(client, ticket, action, {"text": "A"}, headers={"If-Match": etag}).status_code == 200
    )


class TestQuota:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_COMMENTS_PER_HOUR": 1}

    def test_comment_beyond_quota_does_not_reopen(
        self, client_of, alice, make_ticket, make_comment, everything
    ):
        """Rule Q1."""
        ticket = make_ticket(InProgress)
        make_comment(ticket, alice)
        resolved = make_ticket(Resolved)
        before = everything()
        answer = send(client_of(alice), resolved, "Reopen", {"text": "Still broken."})
        assert answer.status_code == 429
        assert everything() == before
