"""Internal notes in the API. Rule A4."""

import pytest
import sqlalchemy

from flask_support_tickets import TicketStatus
from flask_support_tickets.signals import comment_added

from ..host import User, db

URL = "/api/ticket-comments"


@pytest.fixture
def ticket(make_ticket):
    return make_ticket(TicketStatus.InProgress)


def test_staff_write_and_read_note(app, client_of, ticket, alice, mona):
    sent = []
    staff, requester = client_of(mona), client_of(alice)
    body = {"ticketId": ticket.id, "text": "Only us.", "isInternal": True}
    with comment_added.connected_to(lambda _, payload: sent.append(payload.is_internal), app):
        answers = [staff.post(URL, json=body, headers={"Idempotency-Key": "key"}) for _ in range(2)]
    note = answers[0].json["data"]
    assert (answers[0].status_code, sent) == (201, [True])
    assert answers[1].json["data"] == note
    assert note["isInternal"] is True
    assert requester.get(f"{URL}/{note['id']}/replies").status_code == 404
    seen = {}
    for client in (staff, requester):
        comments = client.get(f"{URL}/ticket/{ticket.id}").json["data"]
        events = client.get(f"/api/tickets/{ticket.id}/events").json["data"]
        found = client.get(f"/api/tickets/{ticket.id}").json["data"]
        seen[client] = (
            [each["text"] for each in comments["comments"]],
            comments["totalCount"],
            found["commentCount"],
            "Note" in found["allowedActions"],
            [each["action"] for each in events["events"]],
            [each.get("isInternal") for each in events["events"]],
        )
    history = ["Open", "StartProgress"]
    assert seen[staff] == (["Only us."], 1, 1, True, [*history, "Note"], [False, False, True])
    assert seen[requester] == ([], 0, 0, False, history, [None, None])


def test_reply_count_includes_notes_only_for_staff(
    client_of, ticket, alice, mona, make_comment, make_note
):
    comment = make_comment(ticket, alice)
    make_note(ticket, mona, parent=comment)
    url = f"{URL}/ticket/{ticket.id}"
    for user, count in ((mona, 1), (alice, 0)):
        [found] = client_of(user).get(url).json["data"]["comments"]
        assert found["replyCount"] == count
        assert ("isInternal" in found) is (user is mona)
        replies = client_of(user).get(f"{URL}/{comment.id}/replies").json["data"]
        assert replies["totalCount"] == len(replies["replies"]) == count


@pytest.mark.parametrize("flag", [True, False])
def test_requester_cannot_send_flag(client_of, ticket, alice, everything, flag):
    before = everything()
    for number in (ticket.id, 99):  # before 404
        body = {"ticketId": number, "text": "T", "isInternal": flag}
        answer = client_of(alice).post(URL, json=body)
        assert answer.status_code == 422
        assert answer.json["error"]["fields"] == {"isInternal": ["Unknown field."]}
    assert everything() == before


@pytest.mark.parametrize("flag", [None, 0, 1, "true", [], {}, 1.0])
def test_flag_must_be_boolean(client_of, ticket, mona, everything, flag):
    before = everything()
    body = {"ticketId": ticket.id, "text": "T", "isInternal": flag}
    answer = client_of(mona).post(URL, json=body)
    assert (answer.status_code, everything()) == (422, before)
    assert list(answer.json["error"]["fields"]) == ["isInternal"]


def test_reply_to_note_is_note_whatever_the_flag_says(client_of, ticket, mona, make_note):
    body = {"ticketId": ticket.id, "text": "T", "parentCommentId": make_note(ticket, mona).id}
    for more in ({}, {"isInternal": False}):
        assert client_of(mona).post(URL, json={**body, **more}).json["data"]["isInternal"] is True


def test_closed_ticket_takes_no_note(client_of, make_ticket, mona, everything):
    ticket = make_ticket(TicketStatus.Closed)
    before = everything()
    body = {"ticketId": ticket.id, "text": "T", "isInternal": True}
    answer = client_of(mona).post(URL, json=body)
    assert (answer.status_code, answer.json["error"]["status"]) == (409, 3)
    assert everything() == before


def test_former_staff_cannot_repeat_a_request_to_read_its_note(
    client_of, ticket, mona, make_note, make_ticket
):
    """Rule F2."""
    client, note = (
        client_of(mona),
        make_note(make_ticket(TicketStatus.InProgress, owner=mona), mona),
    )
    body = {"ticketId": note.ticket_id, "text": "Secret", "parentCommentId": note.id}
    key = {"Idempotency-Key": "key"}
    assert client.post(URL, json=body, headers=key).status_code == 201
    db.session.execute(sqlalchemy.update(User).where(User.id == mona.id).values(role="user"))
    db.session.commit()
    answer = client.post(URL, json=body, headers=key)
    assert answer.status_code == 422
    assert "Secret" not in answer.text
