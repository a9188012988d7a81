"""The user pages: own tickets, filing, thread, feedback, reopen; without JavaScript."""

from __future__ import annotations

import html
import re

import pytest

from flask_support_tickets import TicketStatus, unit_of_work
from flask_support_tickets.models.status import Side
from flask_support_tickets.services import mark_seen

from ..conftest import form_fields

NEW = "/settings/ticket/new"


def fill(client, url=NEW, **fields):
    """Open the form at ``url`` and return what a browser would send."""
    page = client.get(url)
    assert page.status_code == 200
    return {**form_fields(page.text), **fields}


def file(client, **fields):
    content = {"subject": "Subject", "description": "Description", **fields}
    return client.post(NEW, data=fill(client, **content))


class TestFiling:
    def test_goes_to_the_ticket(self, client_of, alice):
        client = client_of(alice)
        answer = file(client, subject=" A <b>bold</b> claim ", description="one\r\ntwo")
        assert answer.status_code == 303
        assert re.fullmatch(r"/settings/ticket/\d+", answer.location)
        page = client.get(answer.location)
        assert "A &lt;b&gt;bold&lt;/b&gt; claim" in page.text
        assert "one\ntwo" in page.text
        assert client.get("/settings/ticket").text.count("st-card-title") == 1

    @pytest.mark.parametrize(
        ("fields", "wrong"),
        [
            ({"subject": ""}, "subject"), ({"subject": "a\x00b"}, "subject"),
            ({"subject": "x" * 201}, "subject"), ({"description": " \r\n "}, "description"),
            ({"description": "x" * 20_001}, "description"),
            ({"department": "x" * 101}, "department"),
        ],
    )  # fmt: skip
    def test_keeps_what_was_typed(self, client_of, alice, everything, fields, wrong):
        client, before = client_of(alice), everything()
        typed = {"subject": "My <subject>", "description": "\nMy “words”", "department": "Sales"}
        answer = file(client, **{**typed, **fields})
        assert answer.status_code == 422
        assert f'href="#{wrong}"' in answer.text
        assert f'id="{wrong}-error"' in answer.text
        text = html.unescape(answer.text)
        for name, value in {**typed, **fields}.items():
            if name != wrong or "\x00" not in value:
                assert value.strip() in text
        assert everything() == before

    def test_a_bad_token_is_400_with_the_form_as_typed(self, client_of, alice, everything):
        client, before = client_of(alice), everything()
        for token in ("", "junk", None):
            data = fill(client, subject="Kept", description="words")
            data["csrf_token"] = token
            answer = client.post(NEW, data={name: v for name, v in data.items() if v is not None})
            assert answer.status_code == 400
            assert 'value="Kept"' in answer.text
            assert everything() == before
            again = {**form_fields(answer.text), "subject": "Kept", "description": "words"}
        assert client.post(NEW, data=again).status_code == 303

    def test_a_double_click_files_one_ticket(self, client_of, alice, everything):
        client = client_of(alice)
        data = fill(client, subject="Once", description="words")
        first, second = client.post(NEW, data=data), client.post(NEW, data=data)
        assert first.location == second.location
        assert len(everything()["support_ticket"]) == 1
        assert len(everything()["support_ticket_event"]) == 1

    def test_a_form_changed_and_sent_again_is_a_new_ticket(self, client_of, alice):
        client = client_of(alice)
        data = fill(client, subject="One", description="words")
        first = client.post(NEW, data=data)
        second = client.post(NEW, data={**data, "subject": "Two"})
        assert first.location != second.location

    def test_the_same_form_of_another_user_is_another_ticket(self, client_of, alice, bob):
        data = fill(client_of(alice), subject="One", description="words")
        client = client_of(bob)
        file(client_of(alice), **data)
        mine = {**data, "csrf_token": fill(client)["csrf_token"]}
        assert client.post(NEW, data=mine).status_code == 303
        assert client.get("/settings/ticket").text.count("st-card-title") == 1

    @pytest.mark.parametrize("key", ["", "x" * 65, None])
    def test_works_without_a_usable_key(self, client_of, alice, key, everything):
        client = client_of(alice)
        data = {**fill(client, subject="S", description="D"), "submission_key": key}
        data = {name: value for name, value in data.items() if value is not None}
        assert [client.post(NEW, data=data).status_code for _ in "ab"] == [303, 303]
        assert len(everything()["support_ticket"]) == 2

    def test_a_multipart_form_works_too(self, client_of, alice):
        client = client_of(alice)
        data = fill(client, subject="S", description="😀" * 20_000)
        answer = client.post(NEW, data=data, content_type="multipart/form-data")
        assert answer.status_code == 303


class TestComfort:
    """What scripts find on the forms; without them nothing is missing."""

    def test_a_draft_has_a_key_of_its_user_and_form(
        self, client_of, alice, bob, make_ticket, make_comment
    ):
        ticket = make_ticket(TicketStatus.InProgress, subject="A “lamp”")
        pages = [client_of(alice).get(url).text for url in (NEW, f"/settings/ticket/{ticket.id}")]
        pages.append(client_of(bob).get(NEW).text)
        keys = [re.findall(r'data-st-draft="([^"]+)"', page) for page in pages]
        assert keys == [
            [f"/settings/ticket:{alice.id}:new"],
            [f"/settings/ticket:{alice.id}:ticket-{ticket.id}"],
            [f"/settings/ticket:{bob.id}:new"],
        ]
        done = f'data-st-draft-done="{keys[0][0]}" data-st-draft-subject="A “lamp”"'
        assert done in pages[1]

    def test_the_limits_are_those_of_the_server(self, client_of, alice):
        page = client_of(alice).get(NEW).text
        assert re.findall(r'data-st-max="(\d+)"', page) == ["200", "100", "20000"]

    def test_the_title_says_that_something_is_wrong(self, client_of, alice, make_ticket):
        client, url = client_of(alice), f"/settings/ticket/{make_ticket(TicketStatus.Resolved).id}"
        assert "<title>Error: New ticket" in file(client, subject="").text
        answer = client.post(f"{url}/comments", data=fill(client, url, text=""))
        assert "<title>Error: #" in answer.text


class TestDepartments:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_DEPARTMENTS": ["Sales & more", "Abuse"]}

    def test_are_a_choice(self, client_of, alice):
        client = client_of(alice)
        assert "<option>Sales &amp; more</option>" in client.get(NEW).text
        answer = file(client, department="Nowhere")
        assert answer.status_code == 422
        answer = file(client, department="Abuse", subject="")
        assert "<option selected>Abuse</option>" in answer.text


class TestList:
    def test_shows_only_own_tickets_even_to_staff(self, client_of, alice, mona, make_ticket):
        make_ticket(subject="Hers")
        make_ticket(subject="Staff's own", owner=mona)
        page = client_of(mona).get("/settings/ticket").text
        assert "Staff&#39;s own" in page
        assert "Hers" not in page

    def test_filters_by_status(self, client_of, alice, make_ticket):
        make_ticket(subject="Waiting")
        make_ticket(TicketStatus.Closed, subject="Done")
        client = client_of(alice)
        page = client.get("/settings/ticket?status=Closed").text
        assert "Done" in page
        assert "Waiting" not in page
        empty = client.get("/settings/ticket?status=Resolved&utm_source=mail")
        assert empty.status_code == 200
        assert "no tickets with this status" in empty.text

    def test_counts_the_tickets_of_each_filter_but_not_while_searching(
        self, client_of, mona, make_ticket
    ):
        make_ticket()
        for status in (TicketStatus.New, TicketStatus.New, TicketStatus.Closed):
            make_ticket(status, owner=mona, subject="A lamp")
        client = client_of(mona)
        page = client.get("/settings/ticket?status=New").text
        assert re.findall(r'st-count">(\d+)<', page) == ["3", "2", "0", "0", "1"]
        assert page.count('aria-current="page"') == 1
        assert "st-count" not in client.get("/settings/ticket?search=lamp").text

    def test_searches_own_tickets_and_says_what_was_found(self, client_of, alice, bob, make_ticket):
        make_ticket(subject="The lamp glows")
        make_ticket(TicketStatus.Closed, subject="The lamp is off")
        make_ticket(subject="Another lamp", owner=bob)
        client = client_of(alice)
        page = client.get("/settings/ticket?search=LAMP").text
        assert page.count("st-card-title") == 2
        assert "2 tickets match." in page
        assert 'value="LAMP"' in page
        one = client.get("/settings/ticket?search=lamp&status=Closed").text
        assert "1 ticket matches." in one
        assert '<input type="hidden" name="status" value="Closed">' in one
        clear = re.search(r'class="st-alone st-clear" href="([^"]+)"', one)[1]
        assert clear == "/settings/ticket?status=Closed"
        nothing = client.get("/settings/ticket?search=torch")
        assert nothing.status_code == 200
        assert "No ticket of yours has all of these words." in nothing.text

    def test_marks_what_staff_wrote_since_it_was_read(
        self, client_of, alice, mona, make_ticket, make_comment, as_actor
    ):
        """Rule R1, on the owner's list."""
        quiet = make_ticket(TicketStatus.InProgress, subject="Quiet")
        make_comment(quiet, alice)
        one, two = (make_ticket(TicketStatus.InProgress) for _ in range(2))
        for ticket in (one, two, two):
            make_comment(ticket, mona)
        client = client_of(alice)
        page = client.get("/settings/ticket").text
        assert page.count("st-is-unread") == 2
        assert page.index("2 new replies") < page.index("1 new reply") < page.index("Quiet")
        unit_of_work(mark_seen, actor=as_actor(alice), ticket_id=two.id, side=Side.OWNER, count=1)
        assert client.get("/settings/ticket").text.count("1 new reply") == 2

    def test_says_how_long_ago_and_exactly_when(self, client_of, alice, make_ticket):
        ticket = make_ticket()
        page = client_of(alice).get("/settings/ticket").text
        exact = f"{ticket.updated_at:%Y-%m-%d %H:%M:%S} UTC"
        assert re.search(rf'Last activity <time datetime="[^"]+" title="{exact}">just now<', page)

    def test_has_an_empty_state(self, client_of, alice):
        page = client_of(alice).get("/settings/ticket").text
        assert "not filed a ticket yet" in page
        assert "File your first ticket" in page
        assert "st-search" not in page

    def test_pages(self, client_of, alice, make_ticket):
        for number in range(21):
            make_ticket(subject=f"Number {number}.")
        client = client_of(alice)
        first = client.get("/settings/ticket").text
        assert "Number 20." in first
        assert "Number 0." not in first
        assert "Page 1 of 2" in first
        link = html.unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])
        second = client.get(link).text
        assert "Number 0." in second
        assert 'rel="prev"' in second
        beyond = client.get("/settings/ticket?page=1000000000")
        assert beyond.status_code == 200
        assert "Go to the first page" in beyond.text

    @pytest.mark.parametrize(
        "query", ["status=X", "page=0", "page=x", "search=%00", "page=" + "9" * 99]
    )
    def test_a_filter_that_cannot_be_understood_is_422(self, client_of, alice, make_ticket, query):
        make_ticket()
        answer = client_of(alice).get(f"/settings/ticket?{query}")
        assert answer.status_code == 422
        assert "st-card" not in answer.text


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
        from flask_support_tickets import Action, actor_for, unit_of_work
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


class TestFrame:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_BASE_TEMPLATE": "hosts_own.html"}

    def test_is_the_hosts_where_it_says_so(self, app, client_of, alice):
        import jinja2

        own = jinja2.DictLoader(
            {
                "hosts_own.html": "<title>{% block title %}{% endblock %}</title>"
                "<h1>Acme</h1>{% block content %}{% endblock %}"
            }
        )
        app.jinja_loader = jinja2.ChoiceLoader([own, app.jinja_loader])
        page = client_of(alice).get("/settings/ticket").text
        assert page.startswith("<title>My tickets</title><h1>Acme</h1>")
        assert "support_tickets.css" in page


class TestWithoutTheHostsCsrf:
    @pytest.fixture
    def host_config(self):
        return {"WTF_CSRF_ENABLED": False}

    def test_a_host_that_switches_tokens_off_has_none(self, client_of, alice, mona, make_ticket):
        client = client_of(alice)
        answer = client.post(NEW, data={"subject": "S", "description": "D"})
        assert answer.status_code == 303
        assert "csrf_token" not in client.get(NEW).text
        assert client_of(mona).get("/admin/tickets/").status_code == 200
