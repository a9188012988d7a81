"""The owner's page of a ticket: where it stands, who said what, what is new, what was read."""

from __future__ import annotations

import re

import pytest

from flask_support_tickets import Action, TicketStatus, unit_of_work
from flask_support_tickets.models.status import Side
from flask_support_tickets.services import move_ticket, unread_of

from ..conftest import form_fields
from ..host import db

SCRIPT = {"X-Requested-With": "XMLHttpRequest"}


@pytest.fixture
def move(as_actor):
    """Take a step: ``move(ticket, mona, Action.Close)``."""

    def take(ticket, user, action, **details):
        actor = as_actor(user)
        unit_of_work(move_ticket, actor=actor, ticket_id=ticket.id, action=action, **details)

    return take


@pytest.fixture
def answered(make_ticket, make_comment, alice, mona):
    """A ticket in progress: staff wrote twice, the owner once in between."""
    ticket = make_ticket(TicketStatus.InProgress)
    first = make_comment(ticket, mona, "Which browser?")
    make_comment(ticket, alice, "Netscape.", parent=first)
    make_comment(ticket, mona, "Oh dear.")
    return ticket


@pytest.fixture
def unread(as_actor, alice):
    """How much of a ticket alice has not seen."""
    actor = as_actor(alice)

    def count(ticket):
        db.session.rollback()  # MariaDB would go on reading what was there before
        return unread_of(actor=actor, tickets=[ticket], side=Side.OWNER).get(ticket.id, 0)

    return count


def page_of(client, ticket, query=""):
    answer = client.get(f"/settings/ticket/{ticket.id}{query}")
    assert answer.status_code == 200
    return answer.text


def bubbles(page):
    """What each message says of whose it is, in the order of the page."""
    found = re.findall(r'<h3 class="st-by" id="comment-\d+-by">(.*?)</h3>', page, re.S)
    return [" ".join(re.sub(r"<[^>]+>", "", each).split()) for each in found]


class TestWhereItStands:
    @pytest.mark.parametrize("status", list(TicketStatus))
    def test_the_path_marks_one_station(self, client_of, alice, make_ticket, status):
        page = page_of(client_of(alice), make_ticket(status))
        path = page.partition('class="st-path"')[2].partition("</ol>")[0]
        stations = ("Received", "In progress", "Resolved", "Closed")
        assert f'<li aria-current="step">{stations[status]}</li>' in path
        assert path.count("aria-current") == 1
        assert path.count("st-done") == status

    def test_says_when_the_next_word_is_the_owners(
        self, client_of, alice, mona, make_ticket, make_comment
    ):
        """Rule R2."""
        ticket, client = make_ticket(TicketStatus.InProgress), client_of(alice)
        assert "have answered" not in page_of(client, ticket)
        make_comment(ticket, mona)
        assert "have answered" in page_of(client, ticket)
        make_comment(ticket, alice)
        assert "have answered" not in page_of(client, ticket)

    def test_a_closed_one_leads_to_a_new_one(self, client_of, alice, make_ticket):
        page = page_of(client_of(alice), make_ticket(TicketStatus.Closed))
        assert 'href="/settings/ticket/new">File a new ticket</a>' in page


class TestTheConversation:
    def test_says_in_words_whose_a_message_is(self, client_of, alice, answered):
        page = page_of(client_of(alice), answered)
        assert bubbles(page) == ["mona Staff New", "You", "mona Staff New"]
        assert "In reply to <bdi>mona</bdi>" in page
        assert page.count('st-depth-1 st-own"') == 1

    def test_staff_who_own_a_ticket_are_both(self, client_of, mona, make_ticket, make_comment):
        """Rule W5."""
        ticket = make_ticket(TicketStatus.InProgress, owner=mona)
        make_comment(ticket, mona, parent=make_comment(ticket, mona))
        page = page_of(client_of(mona), ticket)
        assert [each.removesuffix(" New") for each in bubbles(page)] == ["You Staff", "You Staff"]
        assert "In reply to you" in page

    def test_tells_the_steps_in_between_but_nothing_internal(
        self, client_of, alice, mona, adam, make_ticket, make_comment, move
    ):
        """Rule R3."""
        ticket = make_ticket(TicketStatus.InProgress)
        move(ticket, mona, Action.Assign, assigned_to_user_id=adam.id)
        make_comment(ticket, adam, "It is fixed.")
        move(ticket, adam, Action.MarkAsResolved)
        make_comment(ticket, alice, "It is not.")
        move(ticket, alice, Action.Reopen)
        move(ticket, mona, Action.MarkAsResolved)
        move(ticket, mona, Action.Close)
        page = page_of(client_of(alice), ticket)
        told = [
            "<bdi>mona</bdi> started working on it",
            "It is fixed.",
            "<bdi>adam</bdi> marked it as resolved",
            "It is not.",
            "You reopened it",
            "<bdi>mona</bdi> marked it as resolved",
            "<bdi>mona</bdi> closed it",
        ]
        places = [page.index(sentence) for sentence in told]
        assert places == sorted(places)
        assert page.count('class="st-event"') == 5

    def test_a_staff_member_is_told_of_their_own_steps(self, client_of, mona, make_ticket):
        page = page_of(client_of(mona), make_ticket(TicketStatus.Closed, owner=mona))
        told = ("You started working on it", "You marked it as resolved", "You closed it")
        places = [page.index(sentence) for sentence in told]
        assert places == sorted(places)

    def test_the_description_stands_on_the_first_page(
        self, app, client_of, alice, mona, make_ticket, make_comment
    ):
        ticket = make_ticket(TicketStatus.InProgress)
        for _ in range(51):
            make_comment(ticket, mona)
        client = client_of(alice)
        assert "st-description" in page_of(client, ticket)
        assert "st-description" not in page_of(client, ticket, "?page=2")
        beyond = page_of(client, ticket, "?page=3")
        assert "There is nothing on this page." in beyond


class TestWhatIsNew:
    def test_is_counted_and_marked_and_led_to(self, client_of, alice, mona, answered, make_comment):
        """Rule R1."""
        client = client_of(alice)
        page = page_of(client, answered)
        assert "data-st-unread>2 new replies<" in page
        first = re.search(r'id="comment-(\d+)"', page)[1]
        assert f'href="#comment-{first}">Go to the first new reply' in page
        assert "data-st-seen" in page
        data = {**form_fields(page), "count": "2"}
        client.post(f"/settings/ticket/{answered.id}/seen", data=data)
        assert "st-unread" not in page_of(client, answered)
        make_comment(answered, mona, "Hello?")
        page = page_of(client, answered)
        assert "data-st-unread>1 new reply<" in page
        assert bubbles(page) == ["mona Staff", "You", "mona Staff", "mona Staff New"]

    def test_what_is_on_a_later_page_is_not_taken_for_read(
        self, client_of, alice, mona, make_ticket, make_comment
    ):
        ticket = make_ticket(TicketStatus.InProgress)
        for _ in range(50):
            make_comment(ticket, alice)
        make_comment(ticket, mona)
        client = client_of(alice)
        page = page_of(client, ticket)
        assert "1 new reply" in page
        assert "data-st-seen" not in page
        assert f'href="/settings/ticket/{ticket.id}?page=2">Go to the last page' in page
        assert "data-st-seen" in page_of(client, ticket, "?page=2")

    def test_an_answer_far_up_is_found_from_the_last_page_too(
        self, client_of, alice, mona, make_ticket, make_comment
    ):
        ticket = make_ticket(TicketStatus.InProgress)
        first = make_comment(ticket, alice)
        for _ in range(50):
            make_comment(ticket, alice)
        make_comment(ticket, mona, parent=first)
        page = page_of(client_of(alice), ticket, "?page=2")
        assert "1 new reply" in page
        assert "data-st-seen" not in page
        assert "Go to the" not in page.partition('data-st-part="new"')[2].partition("</div>")[0]


class TestMarkingAsRead:
    @pytest.fixture
    def url(self, answered):
        return f"/settings/ticket/{answered.id}/seen"

    @pytest.fixture
    def client(self, client_of, alice):
        return client_of(alice)

    @pytest.fixture
    def data(self, client, answered):
        return {**form_fields(page_of(client, answered)), "count": "2"}

    def test_leads_back_and_remembers(self, client, answered, unread, url, data):
        answer = client.post(url, data=data)
        assert (answer.status_code, answer.location) == (303, f"/settings/ticket/{answered.id}")
        assert unread(answered) == 0

    def test_a_script_needs_no_page(self, client, answered, unread, url, data):
        answer = client.post(url, data={**data, "count": "1"}, headers=SCRIPT)
        assert (answer.status_code, answer.data) == (204, b"")
        assert unread(answered) == 1

    @pytest.mark.parametrize(
        ("fields", "status"),
        [
            ({"csrf_token": "junk"}, 400), ({"csrf_token": ""}, 400), ({"count": ""}, 422),
            ({"count": "x"}, 422), ({"count": "-1"}, 422), ({"count": "0"}, 422),
            ({"count": "9" * 30}, 422),
        ],
    )  # fmt: skip
    def test_what_no_page_of_ours_sends_is_refused(
        self, client, everything, url, data, fields, status
    ):
        before = everything()
        answer = client.post(url, data={**data, **fields})
        assert answer.status_code == status
        assert "There is a problem" in answer.text
        assert everything() == before

    def test_goes_no_further_than_there_is(self, client, answered, unread, url, data):
        """Rule R1."""
        client.post(url, data={**data, "count": "999999999"})
        assert unread(answered) == 0

    def test_is_for_the_owner_alone(self, client_of, bob, mona, everything, url):
        for user in (bob, mona):
            client = client_of(user)
            mine = {**form_fields(client.get("/settings/ticket/new").text), "count": "1"}
            before = everything()
            assert client.post(url, data=mine).status_code == 404
            assert everything() == before

    def test_not_for_another_site_nor_while_the_gate_is_shut(
        self, app, client, everything, url, data
    ):
        """Rules C1 and L3."""
        before = everything()
        foreign = {"Sec-Fetch-Site": "cross-site"}
        assert client.post(url, data=data, headers=foreign).status_code == 403
        app.config["supportTickets"] = False
        assert client.post(url, data=data).status_code == 404
        assert everything() == before

    def test_looking_marks_nothing(self, client, answered, unread, url):
        """Rule R1."""
        answer = client.get(url)
        assert (answer.status_code, answer.location) == (303, f"/settings/ticket/{answered.id}")
        page_of(client, answered)
        assert unread(answered) == 2


class TestAComment:
    """What was on the page when it was written was read (R1)."""

    def send(self, client, ticket, **fields):
        url = f"/settings/ticket/{ticket.id}"
        page = page_of(client, ticket)
        shown = re.search(r'name="seenCount" value="(\d*)"', page)[1]
        data = {**form_fields(page), "seenCount": shown, "text": "Thanks.", **fields}
        return client.post(f"{url}/comments", data=data)

    def test_marks_what_was_shown(self, client_of, alice, answered, unread):
        assert self.send(client_of(alice), answered).status_code == 303
        assert unread(answered) == 0

    def test_and_nothing_else(self, client_of, alice, answered, unread):
        assert self.send(client_of(alice), answered, seenCount="1").status_code == 303
        assert unread(answered) == 1
        assert self.send(client_of(alice), answered, seenCount="").status_code == 303
        assert unread(answered) == 1

    def test_of_staff_on_their_own_ticket_is_not_news_to_them(
        self, client_of, mona, adam, make_ticket, make_comment
    ):
        ticket, client = make_ticket(TicketStatus.InProgress, owner=mona), client_of(mona)
        make_comment(ticket, adam)
        assert self.send(client, ticket).status_code == 303
        assert "data-st-unread" not in page_of(client, ticket)

    def test_a_count_that_no_page_had_is_refused(self, client_of, alice, answered, everything):
        client, before = client_of(alice), everything()
        answer = self.send(client, answered, seenCount="x")
        assert answer.status_code == 422
        assert "Thanks." in answer.text
        assert everything() == before


class TestWhatTheScriptAsks:
    def test_the_stamp_of_the_page_is_the_etag_of_the_api(self, client_of, alice, answered):
        client = client_of(alice)
        page = page_of(client, answered)
        stamp = re.search(r'data-st-stamp="([^"]+)"', page)[1]
        address = re.search(r'data-st-ask="([^"]+)"', page)[1]
        answer = client.get(address, headers={"If-None-Match": f'"{stamp}"'})
        assert answer.status_code == 304

    def test_each_of_its_places_is_there_once(self, client_of, alice, answered):
        page = page_of(client_of(alice), answered)
        for part in ("badge", "facts", "path", "next", "new", "reply"):
            assert page.count(f'data-st-part="{part}"') == 1
        assert page.count("data-st-thread") == page.count("data-st-live") == 1
