"""One ticket: its page, comments, reopening."""

from __future__ import annotations

import pytest

from flask_support_tickets import TicketStatus, unit_of_work

from ..conftest import form_fields
from .conftest import fill


class TestTicketPage:
    def test_a_foreign_one_looks_like_a_missing_one(self, client_of, bob, mona, make_ticket):
        ticket = make_ticket()
        for user in (bob, mona):
            client = client_of(user)
            answers = [
                client.get(f"/settings/ticket/{id_}") for id_ in (ticket.id, 987654, "x", "1" * 40)
            ]
            assert {answer.status_code for answer in answers} == {404}
            assert len({answer.text for answer in answers}) == 1

    @pytest.mark.parametrize(
        ("status", "words", "may_comment"),
        [
            (TicketStatus.New, "have not started yet", False),
            (TicketStatus.InProgress, "are working on this", True),
            (TicketStatus.Resolved, "feedback", True),
            (TicketStatus.Closed, "is closed", False),
        ],
    )
    def test_says_what_happens_next(
        self, client_of, alice, make_ticket, status, words, may_comment
    ):
        page = client_of(alice).get(f"/settings/ticket/{make_ticket(status).id}").text
        assert words in page
        assert ('name="text"' in page) is may_comment
        assert ("/reopen" in page) is (status == TicketStatus.Resolved)

    def test_hides_reopen_where_it_is_off(self, app, client_of, alice, make_ticket, monkeypatch):
        import dataclasses

        state = app.extensions["support_tickets"]
        off = dataclasses.replace(
            state, config=dataclasses.replace(state.config, allow_reopen=False)
        )
        monkeypatch.setitem(app.extensions, "support_tickets", off)
        ticket = make_ticket(TicketStatus.Resolved)
        assert "/reopen" not in client_of(alice).get(f"/settings/ticket/{ticket.id}").text

    def test_shows_the_thread_in_reading_order(
        self, client_of, alice, mona, make_ticket, make_comment
    ):
        ticket = make_ticket(TicketStatus.InProgress, attachment_urls=["https://e.org/x?a=1&b=2"])
        first = make_comment(ticket, mona, "first <script>")
        make_comment(ticket, alice, "second")
        reply = make_comment(ticket, alice, "reply to first", parent=first)
        make_comment(ticket, mona, "deeper", parent=reply)
        page = client_of(alice).get(f"/settings/ticket/{ticket.id}").text
        places = [page.index(text) for text in ("first &lt;", "reply to first", "deeper", "second")]
        assert places == sorted(places)
        assert "<script>" not in page
        assert "st-depth-2" in page
        assert 'href="https://e.org/x?a=1&amp;b=2" rel="noopener noreferrer nofollow ugc"' in page

    def test_pages_through_a_long_thread_and_lands_on_the_new_comment(
        self, client_of, alice, mona, make_ticket, make_comment
    ):
        ticket = make_ticket(TicketStatus.InProgress)
        first = make_comment(ticket, mona, "number 0.")
        for number in range(1, 51):
            make_comment(ticket, mona, f"number {number}.")
        client = client_of(alice)
        url = f"/settings/ticket/{ticket.id}"
        page = client.get(url).text
        assert "number 49." in page
        assert "number 50." not in page
        answer = client.post(f"{url}/comments", data=fill(client, url, text="the latest"))
        assert "page=2#comment-" in answer.location
        assert "the latest" in client.get(answer.location).text
        data = fill(client, url, text="an answer", parentCommentId=str(first.id))
        answer = client.post(f"{url}/comments", data=data)
        assert "page=" not in answer.location
        for odd in ("0", "x", "9" * 30, "99999999999"):
            assert client.get(f"{url}?page={odd}").status_code == 200


class TestCommenting:
    @pytest.fixture
    def url(self, make_ticket):
        return f"/settings/ticket/{make_ticket(TicketStatus.InProgress).id}"

    def test_answers_a_comment(self, client_of, alice, url, mona, make_comment, app):
        from tests.host import db, tickets

        ticket = db.session.get(tickets.Ticket, int(url.split("/")[-1]))
        comment = make_comment(ticket, mona, "What browser?")
        client = client_of(alice)
        page = client.get(f"{url}?replyTo={comment.id}").text
        assert "Replying to <bdi>mona</bdi>" in page
        data = {**form_fields(page), "text": "Netscape", "parentCommentId": str(comment.id)}
        assert client.post(f"{url}/comments", data=data).status_code == 303
        again = client.post(f"{url}/comments", data=data)
        assert again.status_code == 303
        assert client.get(url).text.count("Netscape") == 1

    @pytest.mark.parametrize(
        ("fields", "status"),
        [
            ({"text": "  "}, 422), ({"text": "a\x01"}, 422), ({"text": "x" * 20_001}, 422),
            ({"parentCommentId": "x"}, 422), ({"parentCommentId": "987654"}, 422),
            ({"csrf_token": "junk"}, 400),
        ],
    )  # fmt: skip
    def test_keeps_what_was_typed(self, client_of, alice, url, everything, fields, status):
        client, before = client_of(alice), everything()
        typed = {"text": "My words", **fields}
        answer = client.post(f"{url}/comments", data=fill(client, url, **typed))
        assert answer.status_code == status
        assert "There is a problem" in answer.text
        if "text" not in fields:
            assert "My words" in answer.text
        assert everything() == before

    def test_a_ticket_closed_meanwhile_is_409_with_the_words_kept(
        self, client_of, alice, make_ticket, everything
    ):
        ticket = make_ticket(TicketStatus.Resolved)
        url = f"/settings/ticket/{ticket.id}"
        client = client_of(alice)
        data = fill(client, url, text="But it is not!")
        from flask_support_tickets import Action, actor_for
        from flask_support_tickets.services import move_ticket
        from tests.host import User, db

        mona = db.session.scalar(db.select(User).filter_by(username="mona"))
        unit_of_work(move_ticket, actor=actor_for(mona), ticket_id=ticket.id, action=Action.Close)
        before = everything()
        answer = client.post(f"{url}/comments", data=data)
        assert answer.status_code == 409
        assert "But it is not!" in answer.text
        assert everything() == before

    def test_a_foreign_ticket_is_404(self, client_of, bob, alice, url, everything):
        data = fill(client_of(alice), url, text="x")
        client = client_of(bob)
        mine = {**data, "csrf_token": fill(client)["csrf_token"]}
        before = everything()
        for path in ("comments", "reopen"):
            assert client.post(f"{url}/{path}", data=mine).status_code == 404
        assert everything() == before

    def test_a_get_goes_back_to_the_ticket(self, client_of, alice, url):
        for path in ("comments", "reopen"):
            answer = client_of(alice).get(f"{url}/{path}")
            assert (answer.status_code, answer.location) == (303, url)


class TestReopening:
    def test_moves_the_ticket_back(self, client_of, alice, make_ticket):
        url = f"/settings/ticket/{make_ticket(TicketStatus.Resolved).id}"
        client = client_of(alice)
        data = fill(client, url)
        answer = client.post(f"{url}/reopen", data=data)
        assert (answer.status_code, answer.location) == (303, url)
        assert "are working on this" in client.get(url).text
        again = client.post(f"{url}/reopen", data=data)
        assert again.status_code == 409
        assert "not possible now" in again.text

    def test_needs_a_token(self, client_of, alice, make_ticket, everything):
        url = f"/settings/ticket/{make_ticket(TicketStatus.Resolved).id}"
        client, before = client_of(alice), everything()
        assert client.post(f"{url}/reopen", data={}).status_code == 400
        assert everything() == before
