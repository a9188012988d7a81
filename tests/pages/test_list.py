"""The list of one's own tickets."""

from __future__ import annotations

import html
import re

import pytest

from flask_support_tickets import TicketStatus, unit_of_work
from flask_support_tickets.models.status import Side
from flask_support_tickets.services import mark_seen


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
