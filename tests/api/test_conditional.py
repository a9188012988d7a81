"""ETags, ``If-None-Match`` and ``If-Match``.

Rules E1, E2. Case 49.
"""

from __future__ import annotations

import pytest
from sqlalchemy import event

from flask_support_tickets import Action, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.services import transition_ticket

from ..host import User, db


@pytest.fixture
def ticket(make_ticket, make_comment, mona):
    ticket = make_ticket(TicketStatus.InProgress)
    comment = make_comment(ticket, mona)
    make_comment(ticket, mona, parent=comment)
    return {"id": ticket.id, "comment": comment.id}


@pytest.fixture
def urls(ticket):
    return [
        f"/api/tickets/{ticket['id']}",
        "/api/tickets",
        f"/api/tickets/{ticket['id']}/events",
        f"/api/ticket-comments/ticket/{ticket['id']}",
        f"/api/ticket-comments/{ticket['comment']}/replies",
    ]


def etag_of(client, url):
    answer = client.get(url)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-cache")
    return answer.headers["ETag"]


def move(client, ticket, etag, action="MarkAsResolved", **body):
    url = f"/api/tickets/{ticket['id']}/status"
    return client.put(url, json={"action": action, **body}, headers={"If-Match": etag})


def test_unchanged_answer_is_304_and_reads_no_texts(client_of, alice, urls):
    client, statements = client_of(alice), []
    event.listen(db.engine, "before_cursor_execute", lambda c, r, text, *_: statements.append(text))
    for url in urls:
        etag = etag_of(client, url)
        for given in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
            answer = client.get(url, headers={"If-None-Match": given})
            assert (answer.status_code, answer.data) == (304, b""), (url, given)
            assert answer.headers["ETag"] == etag
            assert answer.headers["Cache-Control"] == "private, no-cache"
            assert "Cookie" in answer.headers["Vary"]
        assert client.get(url, headers={"If-None-Match": '"other"'}).status_code == 200
        assert client.head(url, headers={"If-None-Match": etag}).status_code == 304
        statements.clear()
        client.get(url, headers={"If-None-Match": etag})
        read = [text for text in statements if "support_ticket" in text]
        assert read
        for word in ("description", ".text", "support_ticket_attachment"):
            assert not any(word in text for text in read), (url, word)


def test_every_visible_change_changes_the_etag(
    client_of, alice, mona, adam, ticket, urls, make_ticket
):
    client = client_of(alice)
    before = {url: etag_of(client, url) for url in urls}

    def changed():
        now = {url: etag_of(client, url) for url in urls}
        found = [url for url in urls if now[url] != before[url]]
        before.update(now)
        return found

    make_ticket()
    assert changed() == ["/api/tickets"]
    reply = {"ticketId": ticket["id"], "text": "T", "parentCommentId": ticket["comment"]}
    assert client.post("/api/ticket-comments", json=reply).status_code == 201
    assert changed() == urls
    db.session.execute(db.update(User).where(User.id == mona.id).values(username="monika"))
    db.session.commit()
    assert changed() == urls
    transition = {"actor": actor_for(mona), "ticket_id": ticket["id"], "action": Action.Assign}
    unit_of_work(transition_ticket, assigned_to_user_id=adam.id, **transition)
    assert changed() == urls[:3]


def test_etag_depends_on_the_reader_and_refusals_have_none(client_of, alice, bob, mona, urls):
    assert etag_of(client_of(alice), urls[0]) != etag_of(client_of(mona), urls[0])
    client = client_of(bob)
    answer = client.get(urls[0], headers={"If-None-Match": "*"})
    assert (answer.status_code, "ETag" in answer.headers) == (404, False)
    empty = etag_of(client, "/api/tickets")
    assert client.get("/api/tickets", headers={"If-None-Match": empty}).status_code == 304


def test_if_match_passes_with_the_current_etag_even_if_weak(client_of, mona, ticket, urls):
    client = client_of(mona)
    first = etag_of(client, urls[0])
    answer = move(client, ticket, first)
    assert answer.status_code == 200
    assert answer.headers["ETag"] == etag_of(client, urls[0]) != first
    assert move(client, ticket, f"W/{answer.headers['ETag']}", "Close").status_code == 200


@pytest.mark.parametrize("given", ['"stale"', "nonsense", '""', 'W/"x", "y"'])
def test_if_match_with_any_other_etag_is_412(client_of, mona, ticket, everything, given):
    client, before = client_of(mona), everything()
    answer = move(client, ticket, given, "Close")
    error = answer.json["error"]
    assert (answer.status_code, error["code"]) == (412, "precondition_failed")
    assert error["status"] == TicketStatus.InProgress
    assert everything() == before


def test_empty_if_match_counts_as_missing(client_of, mona, ticket):
    assert move(client_of(mona), ticket, "").status_code == 200


def test_if_match_comes_after_existence_role_and_reference_and_before_status(
    client_of, alice, bob, mona, ticket
):
    staff = client_of(mona)
    assert move(client_of(bob), ticket, '"x"').status_code == 404
    assert move(client_of(alice), ticket, '"x"').status_code == 403
    answer = move(staff, ticket, '"x"', "Assign", assignedToUserId=alice.id)
    assert answer.status_code == 422
    assert move(staff, ticket, "*", "Close").status_code == 409
