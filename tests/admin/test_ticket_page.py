"""A ticket's page in Flask-Admin: the timeline, replies for what was seen, the way to others."""

from __future__ import annotations

import html
import re
from types import SimpleNamespace

import pytest

from flask_support_tickets import Action, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.admin.event_text import event_text
from flask_support_tickets.services import move_ticket

from ..conftest import form_fields

NAME = r'<input type="hidden" name="{}" value="([^"]*)"'


def hidden(page, name):
    """The value of a hidden field of the reply form."""
    form = page[page.index('id="st-reply"') :]
    return re.search(NAME.format(name), form)[1]


def filled(page, **fields):
    """The reply form as a browser sends it."""
    names = ("version", "seenCount", "parentCommentId")
    return {**form_fields(page), **{name: hidden(page, name) for name in names}, **fields}


@pytest.fixture
def ticket(make_ticket):
    return make_ticket(TicketStatus.InProgress)


@pytest.fixture
def url(ticket):
    return f"/admin/tickets/{ticket.id}"


@pytest.fixture
def client(client_of, mona):
    return client_of(mona)


@pytest.fixture
def move(adam):
    def take(ticket, action, **details):
        actor = actor_for(adam)
        unit_of_work(move_ticket, actor=actor, ticket_id=ticket.id, action=action, **details)

    return take


class TestTimeline:
    def test_shows_the_steps_where_they_happened(
        self, client, url, ticket, alice, make_comment, move, adam
    ):
        make_comment(ticket, alice, "before it")
        move(ticket, Action.Assign, assigned_to_user_id=adam.id)
        make_comment(ticket, alice, "after it")
        page = client.get(url).text
        thread = page[page.index('id="st-thread"') : page.index('id="st-reply"')]
        places = [
            thread.index(words)
            for words in ("started progress", "before it", "took it over", "after it")
        ]
        assert places == sorted(places)
        assert "commented" not in thread
        assert "filed the ticket" not in thread

    def test_tells_deleted_people_from_others(self):
        event = SimpleNamespace(
            action="Assign",
            user_id=1,
            user_name="50 % off\\",
            assigned_to_user_id=None,
            assigned_to_name=None,
        )
        assert event_text(event) == "50 % off\\ handed it over to Deleted user"
        event.action = "StartProgress"
        assert event_text(event) == "50 % off\\ started progress and assigned it to Deleted user"


class TestReading:
    def test_what_the_owner_wrote_is_new_until_it_was_read(
        self, client, url, ticket, alice, mona, make_comment
    ):
        make_comment(ticket, alice, "one")
        make_comment(ticket, mona, "answer")
        page = client.get(url).text
        assert "1 new comment<" in page
        assert page.count("st-unread-mark") == 1
        assert "data-st-seen" in page
        data = {**form_fields(page), "count": "1"}
        answer = client.post(f"{url}/seen?status=New&listPage=2", data=data)
        assert (answer.status_code, answer.location) == (303, f"{url}?status=New&listPage=2")
        assert "st-unread-mark" not in client.get(url).text
        make_comment(ticket, alice, "two")
        make_comment(ticket, alice, "three")
        page = client.get(url).text
        assert "2 new comments" in page
        assert page.index("one") < page.index("st-unread-mark") < page.index("two")

    def test_a_reply_reads_what_was_shown_with_it(self, client, url, ticket, alice, make_comment):
        make_comment(ticket, alice, "one")
        data = filled(client.get(url).text, text="Answer")
        make_comment(ticket, alice, "two")
        data["version"] = ""
        assert client.post(f"{url}/comments", data=data).status_code == 303
        assert "1 new comment<" in client.get(url).text

    def test_is_not_automatic_where_some_of_it_is_on_another_page(
        self, app, client, url, ticket, alice, mona, make_comment
    ):
        for _ in range(50):
            make_comment(ticket, mona)
        make_comment(ticket, alice, "on page two")
        assert "data-st-seen" not in client.get(url).text
        assert "data-st-seen" in client.get(f"{url}?page=2").text

    @pytest.mark.parametrize(
        ("fields", "status"),
        [
            ({"count": ""}, 422), ({"count": "x"}, 422), ({"count": "0"}, 422),
            ({"csrf_token": "junk"}, 400),
        ],
    )  # fmt: skip
    def test_nonsense_changes_nothing(
        self, client, url, ticket, alice, make_comment, everything, fields, status
    ):
        make_comment(ticket, alice)
        data = {**form_fields(client.get(url).text), "count": "1", **fields}
        before = everything()
        assert client.post(f"{url}/seen", data=data).status_code == status
        assert client.get(f"{url}/seen").status_code == 303
        assert everything() == before


class TestReplying:
    def test_and_resolving_is_one_post(self, client, url, ticket):
        data = filled(client.get(url).text, text="Done.", then="MarkAsResolved")
        answer = client.post(f"{url}/comments", data=data)
        assert answer.status_code == 303
        page = client.get(answer.location).text
        assert "st-badge-Resolved" in page
        page = page[page.index('id="st-thread"') :]
        assert page.index("Done.") < page.index("marked it resolved")

    def test_after_somebody_else_shows_what_happened_and_keeps_the_words(
        self, client, url, ticket, alice, adam, make_comment, everything
    ):
        data = filled(client.get(url).text, text="My <words>")
        comment = make_comment(ticket, alice, "Never mind, it works.")
        before = everything()
        answer = client.post(f"{url}/comments", data=data)
        assert answer.status_code == 409
        assert "the ticket has changed since you opened it" in answer.text
        assert "<strong><bdi>alice</bdi></strong> commented" in answer.text
        assert f'href="#comment-{comment.id}"' in answer.text
        assert "My &lt;words&gt;" in answer.text
        assert "Never mind" in answer.text
        assert everything() == before
        again = client.post(f"{url}/comments", data=filled(answer.text, text="My <words>"))
        assert again.status_code == 303

    def test_after_it_was_resolved_keeps_the_words(self, client, url, ticket, move, everything):
        data = filled(client.get(url).text, text="My words", then="MarkAsResolved")
        move(ticket, Action.MarkAsResolved)
        before = everything()
        answer = client.post(f"{url}/comments", data=data)
        assert answer.status_code == 409
        assert "<strong><bdi>adam</bdi></strong> marked it resolved" in answer.text
        assert "takes no reply any more" in answer.text
        again = client.post(f"{url}/comments", data=filled(answer.text, text="My words"))
        assert again.status_code == 409
        assert "cannot comment" in again.text
        assert "My words" in again.text
        assert "the ticket has changed" not in again.text
        assert everything() == before

    def test_with_files_asks_for_them_again(self, client, url, ticket, alice, make_comment):
        import io

        data = filled(client.get(url).text, text="See the file")
        make_comment(ticket, alice)
        for headers in ({}, {"X-Requested-With": "XMLHttpRequest"}):
            files = {"attachments": (io.BytesIO(b"A note."), "note.txt")}
            answer = client.post(f"{url}/comments", data={**data, **files}, headers=headers)
            assert answer.status_code == 409
            is_told = "Please choose the files again" in answer.text
            assert is_told is not bool(headers)  # the script keeps them

    def test_without_a_version_is_as_it_was(self, client, url, ticket, alice, make_comment):
        data = {**form_fields(client.get(url).text), "text": "Hello"}
        make_comment(ticket, alice)
        assert client.post(f"{url}/comments", data=data).status_code == 303

    def test_twice_is_once(self, client, url, everything):
        data = filled(client.get(url).text, text="Once.", then="MarkAsResolved")
        answers = [client.post(f"{url}/comments", data=data) for _ in "ab"]
        assert answers[0].location == answers[1].location
        assert len(everything()["support_ticket_comment"]) == 1

    @pytest.mark.parametrize(
        "fields",
        [
            {"version": "x"}, {"version": "0"}, {"version": "9" * 30}, {"seenCount": "-1"},
            {"then": "Close"}, {"then": "x"},
        ],
    )  # fmt: skip
    def test_what_no_page_of_ours_sends_is_422(self, client, url, everything, fields):
        data = filled(client.get(url).text, text="My words", **fields)
        before = everything()
        answer = client.post(f"{url}/comments", data=data)
        assert answer.status_code == 422
        assert "My words" in answer.text
        assert everything() == before

    def test_a_version_yet_to_come_has_nothing_to_tell(self, client, url, ticket):
        data = filled(client.get(url).text, text="My words", version="99")
        answer = client.post(f"{url}/comments", data=data)
        assert answer.status_code == 409
        assert "My words" in answer.text

    def test_on_a_ticket_of_ones_own_that_is_resolved_takes_no_step(
        self, client, mona, make_ticket, everything
    ):
        url = f"/admin/tickets/{make_ticket(TicketStatus.Resolved, owner=mona).id}"
        data = filled(client.get(url).text, text="My words", then="MarkAsResolved")
        before = everything()
        answer = client.post(f"{url}/comments", data=data)
        assert answer.status_code == 409
        assert "not possible now" in answer.text
        assert "My words" in answer.text
        assert everything() == before


class TestSteps:
    def test_on_a_ticket_that_has_changed_tell_what_happened(
        self, client, url, ticket, alice, make_comment, everything
    ):
        page = client.get(url).text
        data = {**form_fields(page), "version": hidden(page, "version"), "action": "MarkAsResolved"}
        make_comment(ticket, alice, "Wait!")
        before = everything()
        answer = client.post(f"{url}/status?assignedTo=me", data=data)
        assert (answer.status_code, answer.location) == (303, f"{url}?assignedTo=me")
        page = client.get(answer.location).text
        assert "Nothing was done" in page
        assert "alice commented" in page
        assert everything() == before
        data["version"] = hidden(page, "version")
        client.post(f"{url}/status", data=data)
        assert "st-badge-Resolved" in client.get(url).text

    def test_start_for_me_or_for_somebody_else(self, client, make_ticket, adam):
        for assignee, name in (("", "mona"), (str(adam.id), "adam")):
            url = f"/admin/tickets/{make_ticket().id}"
            page = client.get(url).text
            assert "Me (mona)" in page
            data = {**form_fields(page), "action": "StartProgress", "assignedToUserId": assignee}
            client.post(f"{url}/status", data=data)
            assert f"<dd><bdi>{name}</bdi></dd>" in client.get(url).text

    def test_offer_to_take_over_what_is_somebody_elses(self, client, url, ticket, move, adam):
        assert "Assign to me" not in client.get(url).text
        move(ticket, Action.Assign, assigned_to_user_id=adam.id)
        assert "Assign to me" in client.get(url).text


class TestNews:
    def test_say_what_happened_since(self, client, url, ticket, alice, make_comment, move):
        version = hidden(client.get(url).text, "version")
        news = f"{url}/news?version={version}"
        quiet = client.get(news)
        assert (quiet.status_code, quiet.data) == (204, b"")
        make_comment(ticket, alice)
        move(ticket, Action.MarkAsResolved)
        found = client.get(news)
        assert found.json == {
            "version": 4,
            "changes": ["adam marked it resolved", "alice commented"],
        }
        assert found.headers["Cache-Control"] == "private, no-store"

    @pytest.mark.parametrize(
        "query", ["", "version=", "version=x", "version=1&page=2", "version=1&version=1"]
    )
    def test_nonsense_is_422(self, client, url, query):
        assert client.get(f"{url}/news?{query}").status_code == 422

    def test_of_a_missing_ticket_is_404(self, client):
        for number in ("987654", "x"):
            assert client.get(f"/admin/tickets/{number}/news?version=1").status_code == 404


class TestWay:
    def test_leads_through_the_list_it_was_opened_from(self, client, make_ticket):
        tickets = [make_ticket(department=("IT", "Sales & more")[n % 2]) for n in range(6)]
        query = "department=Sales+%26+more&listPage=2&page=1&other=x"
        page = client.get(f"/admin/tickets/{tickets[3].id}?{query}").text
        links = dict(re.findall(r'href="([^"]+)"[^>]* data-st-walk="(\w+)"', page))
        found = {name: html.unescape(link) for link, name in links.items()}
        kept = "department=Sales+%26+more"
        assert found == {
            "back": f"/admin/tickets/?{kept}&page=2#ticket-{tickets[3].id}",
            "before": f"/admin/tickets/{tickets[5].id}?{kept}&listPage=2",
            "after": f"/admin/tickets/{tickets[1].id}?{kept}&listPage=2",
        }

    def test_is_kept_through_a_reply(self, client, url):
        data = filled(client.get(url).text, text="Hello")
        answer = client.post(f"{url}/comments?status=New&department=IT", data=data)
        assert answer.location.startswith(f"{url}?status=New&department=IT#comment-")

    @pytest.mark.parametrize("query", ["status=Nope", "listPage=x", "search=work", "page=x"])
    def test_has_no_neighbours_where_a_list_has_no_order_or_no_sense(
        self, client, make_ticket, query
    ):
        for _ in range(3):
            ticket = make_ticket()
        answer = client.get(f"/admin/tickets/{ticket.id}?{query}")
        assert answer.status_code == 200
        assert ('data-st-walk="after"' in answer.text) is (query == "page=x")
