"""The queue in Flask-Admin: filters in the address, orders, what a search found, what is unread."""

from __future__ import annotations

import re

import pytest

from flask_support_tickets import TicketStatus

from .test_views import rows


@pytest.fixture
def queue(client_of, mona):
    """Open the queue as mona: ``queue("status=New")`` is its page."""
    client = client_of(mona)
    return lambda query="": client.get(f"/admin/tickets/?{query}").text


def order_of(page):
    return list(rows(page))


def links(page):
    """Return ``{text of a link: its address}``."""
    found = re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(?:<bdi>)?([^<]+)', page)
    return {text.strip(): address.replace("&amp;", "&") for address, text in found}


class TestFilters:
    @pytest.fixture(autouse=True)
    def filed(self, make_ticket, adam):
        self.new = make_ticket(department="Sales").id
        self.mine = make_ticket(TicketStatus.InProgress, department="Sales").id
        self.adams = make_ticket(TicketStatus.InProgress, staff=adam).id
        self.adam = adam

    def test_are_in_the_address_and_combine(self, queue):
        assert order_of(queue()) == [self.adams, self.mine, self.new]
        assert order_of(queue("assignedTo=none")) == [self.new]
        assert order_of(queue("assignedTo=me")) == [self.mine]
        assert order_of(queue(f"assignedTo={self.adam.id}")) == [self.adams]
        assert order_of(queue("department=Sales&status=InProgress")) == [self.mine]
        assert order_of(queue("department=Sales&assignedTo=none&order=oldest")) == [self.new]

    def test_are_kept_by_the_links_and_the_form(self, queue):
        page = queue("status=New&department=Sales&assignedTo=none&order=oldest&page=1")
        found = links(page)
        assert found["Mine"] == (
            "/admin/tickets/?status=New&department=Sales&assignedTo=me&order=oldest"
        )
        assert found["All"] == "/admin/tickets/?department=Sales&assignedTo=none&order=oldest"
        assert '<input type="hidden" name="status" value="New">' in page
        assert '<input type="hidden" name="assignedTo" value="none">' in page
        assert re.search(r'name="department"[^>]* value="Sales"', page)
        assert '<option value="oldest" selected>' in page

    def test_say_who_is_chosen(self, queue):
        chosen = re.compile(r'<a href="[^"]*" aria-current="true">(?:<bdi>)?([^<]+)')
        assert chosen.findall(queue()) == ["Everybody"]
        assert chosen.findall(queue("assignedTo=me")) == ["Mine"]
        assert chosen.findall(queue("assignedTo=none")) == ["Unassigned"]
        assert chosen.findall(queue(f"assignedTo={self.adam.id}")) == ["adam"]
        assert chosen.findall(queue("assignedTo=987654")) == ["Somebody else"]

    @pytest.mark.parametrize(
        "query",
        ["status=New&status=Closed", "order=id", "order=", "assignedTo=None", "department=%00"],
    )
    def test_that_are_no_filters_are_422(self, client_of, mona, query):
        answer = client_of(mona).get(f"/admin/tickets/?{query}")
        assert answer.status_code == (200 if query == "order=" else 422)
        assert ("cannot be understood" in answer.text) is (answer.status_code == 422)


class TestDepartments:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_DEPARTMENTS": ("Sales", "IT")}

    def test_are_chosen_from_those_configured(self, queue, make_ticket):
        make_ticket(department="IT")
        page = queue("department=IT")
        assert re.findall(r"<option( selected)?>(\w+)</option>", page) == [
            ("", "Sales"),
            (" selected", "IT"),
        ]
        assert len(rows(page)) == 1

    def test_that_are_no_more_stay_chosen(self, queue):
        assert "<option selected>Gone</option>" in queue("department=Gone")


class TestOrders:
    def test_are_links_along_indexes_and_say_which_way(
        self, queue, make_ticket, make_comment, mona
    ):
        first, answered, last = make_ticket(), make_ticket(TicketStatus.InProgress), make_ticket()
        make_comment(answered, mona)
        page = queue()
        assert re.findall(r'aria-sort="(\w+)"><a [^>]*>(\w+)', page) == [("descending", "Filed")]
        assert links(page)["Filed"] == "/admin/tickets/?order=oldest"
        page = queue("order=oldest")
        assert order_of(page) == [first.id, answered.id, last.id]
        assert re.findall(r'aria-sort="(\w+)"><a [^>]*>(\w+)', page) == [("ascending", "Filed")]
        assert links(page)["Filed"] == "/admin/tickets/"
        page = queue(links(page)["Waiting"].partition("?")[2])
        assert order_of(page) == [first.id, last.id]
        assert re.findall(r'aria-sort="(\w+)"><a [^>]*>(\w+)', page) == [("descending", "Waiting")]
        assert "2 tickets" in page

    def test_do_not_touch_a_search(self, queue, make_ticket):
        first, last = make_ticket().id, make_ticket().id
        page = queue("search=work&order=oldest")
        assert order_of(page) == [last, first]
        assert "st-sort" not in page


class TestSearch:
    @pytest.mark.parametrize(
        ("search", "marked"),
        [
            ("ENGINE", "<mark>Engine</mark> &lt;b&gt; Größe"),
            ("grösse engine", "<mark>Engine</mark> &lt;b&gt; <mark>Größe</mark>"),
            ("b", "Engine &lt;<mark>b</mark>&gt; Größe"),
        ],
    )
    def test_marks_whole_words_in_the_subject(self, queue, make_ticket, search, marked):
        make_ticket(subject="Engine <b> Größe")
        page = queue(f"search={search}")
        assert f"<bdi>{marked}</bdi>" in page
        assert "st-found" not in page.partition("<tbody>")[2]

    def test_shows_where_the_description_has_it(self, queue, make_ticket):
        words = "before " * 40
        make_ticket(subject="Car", description=f"{words}<i>Brake</i>\nfluid {'after ' * 40}")
        [found] = re.findall(r'<span class="st-found">(.*?)</span>', queue("search=brake"))
        assert found.startswith("… before")
        assert "before &lt;i&gt;<mark>Brake</mark>&lt;/i&gt; fluid after" in found
        assert found.endswith("after …")
        assert len(found) < 250

    def test_says_that_it_was_in_a_comment(self, queue, make_ticket, make_comment, alice):
        ticket = make_ticket(TicketStatus.InProgress)
        make_comment(ticket, alice, "Zebra")
        page = queue("search=zebra")
        assert order_of(page) == [ticket.id]
        assert '<span class="st-found">Found in the comments.</span>' in page

    def test_marks_the_id_it_names(self, queue, make_ticket):
        ticket = make_ticket()
        page = queue(f"search=%23{ticket.id}")
        assert f'<td class="st-id"><mark>#{ticket.id}</mark></td>' in page
        assert '<span class="st-found">' not in page


def test_what_the_owner_wrote_and_nobody_has_read_is_marked(
    queue, client_of, make_ticket, make_comment, alice, mona
):
    ticket = make_ticket(TicketStatus.InProgress)
    make_comment(ticket, mona)
    assert 'class="st-unread"' not in queue()
    make_comment(ticket, alice)
    assert '<span class="st-unread">1 new comment</span>' in queue()
    make_comment(ticket, alice)
    assert '<span class="st-unread">2 new comments</span>' in queue()
