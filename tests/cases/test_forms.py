"""Requests to the HTML forms that no browser sends, and forms that come too late.

Rules T4, W4. Cases 24, 41, 50, 90.
"""

from __future__ import annotations

import io
import json
import unicodedata

from flask_support_tickets import Action, TicketStatus

from ..host import db, tickets
from .conftest import NEW, fill

JSON_BODIES = [
    b"5", b"[1]", b"[" * 100_000, b'{"csrf_token": 5}', b'{"csrf_token": "\\ud800"}',
    b'{"subject": 5}', b'{"text": {"a": 1}}', b'{"submission_key": 5, "text": "T"}',
]  # fmt: skip
TEXTS = ("subject", "description", "text", "department", "parentCommentId")
LARGE = 2 * 1024 * 1024


def test_forms_read_neither_json_nor_a_file_in_place_of_a_text(
    client_of, alice, mona, make_ticket, everything
):
    ticket = make_ticket(TicketStatus.InProgress)
    mine, admin = f"/settings/ticket/{ticket.id}", f"/admin/tickets/{ticket.id}"
    owner, staff = client_of(alice), client_of(mona)
    fields, before = {client: fill(client) for client in (owner, staff)}, everything()
    for client, url in (
        (owner, NEW), (owner, f"{mine}/comments"), (owner, f"{mine}/reopen"),
        (staff, f"{admin}/comments"), (staff, f"{admin}/status"),
    ):  # fmt: skip
        for body in JSON_BODIES:
            answer = client.post(url, data=body, content_type="application/json")
            assert answer.status_code in (303, 400), (url, body[:40])
        for name in TEXTS:
            data = {**fields[client], name: (io.BytesIO(b"x"), "x.txt")}
            assert client.post(url, data=data).status_code in (303, 409, 422), (url, name)
    assert everything() == before


def test_form_ignores_fields_that_it_does_not_have(client_of, alice, bob):
    """The ticket is alice's and it is New; a department of spaces is none."""
    client = client_of(alice)
    fields = {
        "userId": bob.id, "status": 3, "assignedToUserId": bob.id, "id": 999, "version": 9,
        "createdAt": "2020-01-01T00:00:00Z", "internal": "true", "commentCount": 5,
        "user_id": bob.id, "_method": "DELETE", "department": "  ",
    }  # fmt: skip
    data = fill(client, subject="S", description="D", **fields)
    answer = client.post(f"{NEW}?_method=DELETE", data=data)
    assert answer.status_code == 303
    ticket = db.session.get(tickets.Ticket, int(answer.location.rpartition("/")[2]))
    assert (ticket.id, ticket.user_id, ticket.status, ticket.version) == (1, alice.id, 0, 1)
    assert (ticket.assigned_to_user_id, ticket.comment_count, ticket.department) == (None, 0, None)


def test_length_of_a_form_text_is_counted_with_plain_line_ends(client_of, alice):
    client = client_of(alice)
    for unit in ("😀", "a\n", unicodedata.normalize("NFD", "Ä")):
        text = (unit * 20_000)[:19_999] + "x"
        typed = {"subject": "S", "description": text.replace("\n", "\r\n")}
        answer = client.post(NEW, data=fill(client, **typed))
        number = answer.location.rpartition("/")[2]
        assert client.get(f"/api/tickets/{number}").json["data"]["description"] == text
        typed["description"] += "x"
        assert client.post(NEW, data=fill(client, **typed)).status_code == 422


def test_chunked_bodies_are_read_up_to_the_limit(client_of, alice, everything):
    client = client_of(alice)

    def send(url, body, content_type):
        chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
        stream = io.BytesIO(body)
        return client.post(
            url, input_stream=stream, content_type=content_type, environ_overrides=chunked
        )

    body = json.dumps({"subject": "S", "description": "D"}).encode()
    assert send("/api/tickets", body, "application/json").status_code == 201
    form = f"csrf_token={fill(client)['csrf_token']}&subject=S&description=D".encode()
    kind = "application/x-www-form-urlencoded"
    assert send(NEW, form, kind).status_code == 303
    before = everything()
    answer = send("/api/tickets", body + b" " * LARGE, "application/json")
    assert (answer.status_code, answer.json["error"]["code"]) == (413, "too_large")
    assert send(NEW, form + b"x" * LARGE, kind).status_code == 413
    assert everything() == before


def test_closed_ticket_takes_no_reply_file_or_transition_from_any_page(
    client_of, alice, mona, adam, make_ticket, make_upload, state
):
    ticket, file = make_ticket(TicketStatus.Closed), make_upload(alice).path
    owner, staff = client_of(alice), client_of(mona)
    forms = {client: fill(client, text="But!") for client in (owner, staff)}
    seen, before = owner.get(f"/api/tickets/{ticket.id}").data, state()
    page, admin = f"/settings/ticket/{ticket.id}", f"/admin/tickets/{ticket.id}"
    for client, url in ((owner, page), (staff, admin)):
        answer = client.post(f"{url}/comments", data=forms[client])
        assert (answer.status_code, "But!" in answer.text) == (409, True)
    body = {"ticketId": ticket.id, "text": "But!", "attachmentUrls": [file]}
    assert owner.post("/api/ticket-comments", json=body).status_code == 409
    assert owner.post(f"{page}/reopen", data=forms[owner]).status_code == 409
    for action in Action:
        transition = {"action": action.value, "assignedToUserId": adam.id}
        answer = staff.post(f"{admin}/status", data={**forms[staff], **transition})
        is_for_requesters = action is Action.Withdraw
        assert answer.status_code == (403 if is_for_requesters else 303), action
    assert owner.get(f"/api/tickets/{ticket.id}").data == seen
    assert state() == before
