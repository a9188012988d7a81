"""ETags, ``If-None-Match`` and ``If-Match`` (rules E1 and E2)."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from flask_support_tickets import Action, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.services import move_ticket

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


@pytest.fixture
def statements(app):
    """What is sent to the database, from the first look on."""
    seen = []
    event.listen(
        db.engine,
        "before_cursor_execute",
        lambda c, cursor, statement, *rest: seen.append(statement),
    )
    return seen


def tag(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert {"Cookie", "Authorization"} <= set(answer.headers["Vary"].split(", "))
    return answer.headers["ETag"]


class TestIfNoneMatch:
    def test_is_304_while_nothing_changed(self, client_of, alice, urls):
        client = client_of(alice)
        for url in urls:
            etag = tag(client, url)
            for given in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
                answer = client.get(url, headers={"If-None-Match": given})
                assert (answer.status_code, answer.data) == (304, b""), (url, given)
                assert answer.headers["ETag"] == etag
                assert answer.headers["Cache-Control"] == "private, no-cache"
                assert "Cookie" in answer.headers["Vary"]
            assert client.get(url, headers={"If-None-Match": '"other"'}).status_code == 200
            assert client.head(url, headers={"If-None-Match": etag}).status_code == 304

    def test_loads_no_text(self, client_of, alice, urls, statements):
        client = client_of(alice)
        for url in urls:
            etag = tag(client, url)
            statements.clear()
            client.get(url, headers={"If-None-Match": etag})
            read = [text for text in statements if "support_ticket" in text]
            assert read
            for word in ("description", ".text", "support_ticket_attachment"):
                assert not any(word in text for text in read), (url, word)

    def test_every_change_that_shows_changes_the_tag(
        self, app, client_of, alice, mona, adam, ticket, urls, make_comment, make_ticket
    ):
        client = client_of(alice)
        number = ticket["id"]
        before = {url: tag(client, url) for url in urls}

        def changed():
            now = {url: tag(client, url) for url in urls}
            found = [url for url in urls if now[url] != before[url]]
            before.update(now)
            return found

        make_ticket()
        assert changed() == ["/api/tickets"]
        post = {"ticketId": number, "text": "T", "parentCommentId": ticket["comment"]}
        assert client.post("/api/ticket-comments", json=post).status_code == 201
        assert set(changed()) == set(urls)
        step = {"actor": actor_for(mona), "ticket_id": number, "action": Action.Assign}
        unit_of_work(move_ticket, assigned_to_user_id=adam.id, **step)
        assert set(changed()) == set(urls[:3])

    def test_a_user_who_is_called_otherwise_changes_it(self, client_of, alice, mona, urls):
        client = client_of(alice)
        before = [tag(client, url) for url in urls]
        db.session.execute(db.update(User).where(User.id == mona.id).values(username="monika"))
        db.session.commit()
        after = [tag(client, url) for url in urls]
        assert all(old != new for old, new in zip(before, after, strict=True))
        for url, old in zip(urls, before, strict=True):
            assert client.get(url, headers={"If-None-Match": old}).status_code == 200

    def test_is_another_one_for_another_reader(self, client_of, alice, mona, urls):
        url = urls[0]
        assert tag(client_of(alice), url) != tag(client_of(mona), url)

    def test_refusals_have_none(self, client_of, bob, urls):
        answer = client_of(bob).get(urls[0], headers={"If-None-Match": "*"})
        assert answer.status_code == 404
        assert "ETag" not in answer.headers

    def test_an_empty_list_has_one(self, client_of, bob):
        client = client_of(bob)
        etag = tag(client, "/api/tickets")
        assert client.get("/api/tickets", headers={"If-None-Match": etag}).status_code == 304


class TestIfMatch:
    def move(self, client, ticket, tag, action="MarkAsResolved"):
        headers = {"If-Match": tag} if tag else {}
        url = f"/api/tickets/{ticket['id']}/status"
        return client.put(url, json={"action": action}, headers=headers)

    def test_passes_with_the_current_tag_and_answers_the_next(self, client_of, mona, ticket, urls):
        client = client_of(mona)
        first = tag(client, urls[0])
        answer = self.move(client, ticket, first)
        assert answer.status_code == 200
        assert answer.headers["ETag"] == tag(client, urls[0]) != first
        weak = f"W/{answer.headers['ETag']}"
        assert self.move(client, ticket, weak, "Close").status_code == 200

    @pytest.mark.parametrize("given", ['"stale"', "nonsense", "", 'W/"x", "y"'])
    def test_is_412_with_any_other(self, client_of, mona, ticket, everything, given):
        client, before = client_of(mona), everything()
        url = f"/api/tickets/{ticket['id']}/status"
        answer = client.put(url, json={"action": "Close"}, headers={"If-Match": given})
        assert answer.status_code == 412
        assert answer.json["error"]["code"] == "precondition_failed"
        assert answer.json["error"]["status"] == TicketStatus.InProgress
        assert everything() == before

    def test_comes_after_existence_role_and_reference_and_before_status(
        self, client_of, alice, bob, mona, ticket
    ):
        assert self.move(client_of(bob), ticket, '"x"').status_code == 404
        assert self.move(client_of(alice), ticket, '"x"').status_code == 403
        body = {"action": "Assign", "assignedToUserId": alice.id}
        url = f"/api/tickets/{ticket['id']}/status"
        answer = client_of(mona).put(url, json=body, headers={"If-Match": '"x"'})
        assert answer.status_code == 422
        assert self.move(client_of(mona), ticket, "*", "Close").status_code == 409

    def test_a_change_between_the_look_and_the_move_is_412(
        self, client_of, alice, mona, ticket, make_comment, monkeypatch
    ):
        from flask_support_tickets.services import changes, workflow

        looked = []

        def change(*args, **kwargs):
            if not looked:
                looked.append(True)
                with db.engine.begin() as other:
                    other.execute(db.text("UPDATE support_ticket SET version = version + 1"))
            return changes.change_ticket(*args, **kwargs)

        client = client_of(mona)
        etag = tag(client, f"/api/tickets/{ticket['id']}")
        monkeypatch.setattr(workflow, "change_ticket", change)
        answer = self.move(client, ticket, etag)
        assert (answer.status_code, answer.json["error"]["status"]) == (412, 1)
        etag = tag(client, f"/api/tickets/{ticket['id']}")
        assert self.move(client, ticket, etag).status_code == 200
