"""The workflow through the API: status × action × role.

Rules W1, W2, W3, W4, W5. Cases 18, 19, 45, 50.
"""

from __future__ import annotations

import pytest

from flask_support_tickets import Action, TicketStatus

from ..host import db, tickets

New, InProgress, Resolved, Closed = TicketStatus
ROLES = ("owner", "staff", "staff who owns it", "another user", "nobody")
OWNER, STAFF = {"owner", "staff who owns it"}, {"staff", "staff who owns it"}
#: The table of the rules, written down once more: (status, action) -> who may take it.
ALLOWED = {
    (New, "StartProgress"): STAFF,
    (New, "Assign"): STAFF,
    (New, "Withdraw"): OWNER,
    (InProgress, "Comment"): OWNER | STAFF,
    (InProgress, "MarkAsResolved"): STAFF,
    (InProgress, "Assign"): STAFF,
    (Resolved, "Comment"): OWNER,
    (Resolved, "Reopen"): OWNER | STAFF,
    (Resolved, "Close"): STAFF,
}
AFTER = {"StartProgress": 1, "MarkAsResolved": 2, "Close": 3, "Reopen": 1, "Withdraw": 3}
ACTIONS = [*(action.value for action in Action), "Comment"]
CODES = {401: "not_authenticated", 403: "not_allowed", 404: "not_found"}


def expected_status(status, action, role):
    if role in ("nobody", "another user"):
        return 401 if role == "nobody" else 404
    if role in ALLOWED.get((status, action), ()):
        return 201 if action == "Comment" else 200
    ever = set().union(*(who for (_, name), who in ALLOWED.items() if name == action))
    return 409 if role in ever else 403


def transition(client, ticket, action, **body):
    return client.put(f"/api/tickets/{ticket.id}/status", json={"action": action, **body})


def send(client, ticket, action, assignee):
    if action == "Comment":
        body = {"ticketId": ticket.id, "text": "A word."}
        return client.post("/api/ticket-comments", json=body)
    is_ignored = action not in ("Assign", "StartProgress")
    given = "ignored" if is_ignored else assignee
    return transition(client, ticket, action, assignedToUserId=given)


def check_refusal(answer, action, status):
    error = answer.json["error"]
    if answer.status_code == 409:
        code = "comments_not_allowed" if action == "Comment" else "invalid_transition"
        assert (error["code"], error["status"]) == (code, int(status))
    else:
        assert (error["code"], "status" in error) == (CODES[answer.status_code], False)


@pytest.mark.parametrize("action", ACTIONS)
def test_action_does_what_the_workflow_table_says(
    make_user, alice, bob, mona, make_ticket, client_of, everything, action
):
    """A success adds exactly one event, a refusal changes nothing; `allowedActions` agrees."""
    otto = make_user("otto", role="admin")
    users = dict(zip(ROLES, (alice, mona, otto, bob, None), strict=True))
    clients = {role: client_of(user) for role, user in users.items()}
    for status in TicketStatus:
        for role, client in clients.items():
            cell = (status, action, role)
            ticket = make_ticket(status, owner=otto if role == "staff who owns it" else alice)
            before = everything()
            seen = client.get(f"/api/tickets/{ticket.id}")
            answer = send(client, ticket, action, mona.id)
            after = everything()
            assert answer.status_code == expected_status(*cell), cell
            if seen.status_code == 200:
                is_offered = action in seen.json["data"]["allowedActions"]
                assert is_offered is (answer.status_code < 300), cell
            if answer.status_code >= 400:
                assert after == before, cell
                check_refusal(answer, action, status)
                continue
            events = [len(rows["support_ticket_event"]) for rows in (before, after)]
            assert events[1] == events[0] + 1, cell
            found = int(db.session.get(tickets.Ticket, ticket.id).status)
            assert found == AFTER.get(action, status), cell


@pytest.mark.parametrize(("action", "status"), [("StartProgress", New), ("Assign", InProgress)])
def test_assignee_must_be_active_staff_and_all_others_get_the_same_answer(
    make_user, alice, mona, adam, make_ticket, client_of, everything, action, status
):
    """Rule A2."""
    gone = make_user("gone", role="admin", active=False)
    ticket, client = make_ticket(status), client_of(mona)
    before = everything()
    ids = (alice.id, gone.id, 2147483647, 2**62, 0, -1)
    answers = [transition(client, ticket, action, assignedToUserId=given) for given in ids]
    assert {answer.status_code for answer in answers} == {422}
    assert len({answer.text for answer in answers}) == 1
    assert list(answers[0].json["error"]["fields"]) == ["assignedToUserId"]
    assert everything() == before
    answer = transition(client, ticket, action, assignedToUserId=adam.id)
    assert answer.json["data"]["assignedToName"] == "adam"
