"""``/api/tickets`` and ``/api/ticket-comments``: opening, commenting, reading and searching.

Rules T1, T5, T6, S1, W4. Case 118.
"""

from __future__ import annotations

import re

import pytest

from flask_support_tickets import TicketStatus

from ..host import User, db

TICKET_KEYS = {
    "id", "subject", "description", "attachmentUrls", "department", "userId", "status",
    "createdAt", "updatedAt", "resolvedAt", "closedAt", "assignedToUserId", "statusName",
    "userName", "assignedToName", "commentCount", "allowedActions", "priority", "priorityName",
}  # fmt: skip
COMMENT_KEYS = {
    "id", "ticketId", "parentCommentId", "userId", "userName", "isStaff", "text",
    "attachmentUrls", "createdAt", "replyCount",
}  # fmt: skip


def new(client, **body):
    return client.post("/api/tickets", json={"subject": "S", "description": "D", **body})


def test_new_ticket_is_returned_with_clean_text(client_of, alice):
    urls = ["https://example.org/a?b=c#d", "http://[::1]:8080/x"]
    answer = new(
        client_of(alice), subject="  Päckchen \t", description="one\r\ntwo\rthree\n",
        department="Sales", attachmentUrls=urls,
    )  # fmt: skip
    data = answer.json["data"]
    assert (answer.status_code, answer.json["success"], set(data)) == (201, True, TICKET_KEYS)
    assert (data["subject"], data["description"]) == ("Päckchen", "one\ntwo\nthree")
    assert (data["status"], data["statusName"]) == (0, "New")
    assert (data["userId"], data["userName"]) == (alice.id, "alice")
    assert (data["department"], data["attachmentUrls"]) == ("Sales", urls)
    assert data["resolvedAt"] is data["closedAt"] is data["assignedToUserId"] is None
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", data["createdAt"])


def test_optional_fields_of_a_new_ticket_may_be_null_and_others_are_required(client_of, alice):
    client = client_of(alice)
    data = new(client, department=None, attachmentUrls=None).json["data"]
    assert (data["department"], data["attachmentUrls"]) == (None, [])
    answer = client.post("/api/tickets", json={})
    assert set(answer.json["error"]["fields"]) == {"subject", "description"}


CHOICES = {
    "SUPPORT_TICKETS_DEPARTMENTS": ["Sales", "Abuse"],
    "SUPPORT_TICKETS_ATTACHMENT_HOSTS": ["files.example.org", "[::1]", "::2"],
}


@pytest.mark.parametrize("host_config", [CHOICES])
def test_departments_and_hosts_are_those_configured(client_of, alice, host_config):
    client = client_of(alice)
    assert new(client, department="Abuse").status_code == 201
    assert new(client, department="abuse").status_code == 422
    for url in ("https://Files.example.org/a", "http://[::1]/a", "http://[::2]:80/a"):
        assert new(client, attachmentUrls=[url]).status_code == 201, url
    for url in ("https://evil.example.org/a", "http://[::3]/a"):
        assert new(client, attachmentUrls=[url]).status_code == 422, url


def test_new_comment_is_returned_and_counted(client_of, alice, mona, make_ticket):
    ticket, client = make_ticket(TicketStatus.InProgress), client_of(alice)

    def post(client, **body):
        body = {"ticketId": ticket.id, "text": "T", **body}
        return client.post("/api/ticket-comments", json=body)

    urls = ["https://example.org/log"]
    answer = post(client_of(mona), text=" a\r\nb ", attachmentUrls=urls)
    data = answer.json["data"]
    assert (answer.status_code, set(data)) == (201, {*COMMENT_KEYS, "isInternal"})
    assert (data["text"], data["attachmentUrls"], data["isStaff"]) == ("a\nb", urls, True)
    assert (data["ticketId"], data["parentCommentId"]) == (ticket.id, None)
    reply = post(client, parentCommentId=data["id"]).json["data"]
    assert (reply["parentCommentId"], reply["isStaff"]) == (data["id"], False)
    post(client, parentCommentId=reply["id"])
    assert client.get(f"/api/tickets/{ticket.id}").json["data"]["commentCount"] == 3
    listed = client.get(f"/api/ticket-comments/ticket/{ticket.id}").json["data"]["comments"]
    assert [(row["id"], row["replyCount"]) for row in listed] == [(data["id"], 1)]


def test_search_finds_words_and_ids(client_of, mona, make_ticket):
    ticket = make_ticket(subject="Printer on fire", description="Größe: 100% _sure_")
    make_ticket()
    client = client_of(mona)
    for search, count in {
        "printer": 1, "FIRE GRÖSSE": 1, "100%": 1, f"#{ticket.id}": 1, str(ticket.id): 1,
        "fire brigade": 0, "#99999": 0, "%": 0, "p_inter": 0, "rinter": 0,
    }.items():  # fmt: skip
        data = client.get("/api/tickets", query_string={"search": search}).json["data"]
        assert [row["id"] for row in data["tickets"]] == [ticket.id] * count, search
        assert data["totalCount"] == count, search


@pytest.mark.parametrize("way", ["by the ORM", "by a statement"])
def test_deleted_user_leaves_tickets_comments_files_and_a_placeholder(
    client_of, make_user, adam, make_ticket, make_comment, make_upload, everything, way
):
    """In the API and in Flask-Admin; SQLite ignores foreign keys unless the host enables them."""
    owner, staff = make_user("olga o"), make_user("stan", role="moderator")
    file = make_upload(owner).path
    ticket = make_ticket(TicketStatus.InProgress, owner=owner, staff=staff, attachment_urls=[file])
    make_comment(ticket, staff, parent=make_comment(ticket, owner))
    before = {name: len(rows) for name, rows in everything().items()}
    for user in (owner, staff):
        delete = db.delete(User).where(User.id == user.id)
        db.session.delete(user) if way == "by the ORM" else db.session.execute(delete)
    db.session.commit()
    client, url = client_of(adam), f"/api/tickets/{ticket.id}"
    data = client.get(url).json["data"]
    assert (data["userId"], data["userName"]) == (None, "Deleted user")
    assert (data["assignedToUserId"], data["assignedToName"]) == (None, None)
    rows = client.get(f"/api/ticket-comments/ticket/{ticket.id}").json["data"]["comments"]
    assert (rows[0]["userId"], rows[0]["userName"]) == (None, "Deleted user")
    assert client.get(f"{url}/events").status_code == 200
    assert client.get(file).data == b"A note."
    for page in ("/admin/tickets/", f"/admin/tickets/{ticket.id}"):
        assert "Deleted user" in client.get(page).text
        assert "olga o" not in client.get(page).text
    after = {name: len(rows) for name, rows in everything().items()}
    assert after == before | {"host_user": before["host_user"] - 2}
    assert client.put(f"{url}/status", json={"action": "MarkAsResolved"}).status_code == 200


def test_json_is_the_same_with_and_without_orjson(client_of, mona, make_ticket, monkeypatch):
    import importlib
    import sys

    from flask_support_tickets.api import json_response

    make_ticket(subject="Größe ≤ 5 🎫", description='"quotes"\nand \\')
    client = client_of(mona)
    usual = client.get("/api/tickets")
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "orjson", None)
        assert importlib.reload(json_response).orjson is None
        plain = client.get("/api/tickets")
    assert importlib.reload(json_response).orjson is not None
    assert (plain.json, plain.mimetype) == (usual.json, usual.mimetype)
