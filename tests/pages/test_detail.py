"""The requester's page of a ticket: its status, its conversation, and reopening."""

import html
import re

import pytest

from flask_support_tickets import Action, TicketStatus, unit_of_work
from flask_support_tickets.services import transition_ticket

from ..conftest import form_fields
from ..web.conftest import fill
from .conftest import NEW


@pytest.fixture
def take(as_actor):
    """Take an action: ``take(ticket, mona, Action.Close)``."""

    def move(ticket, user, action, **details):
        actor = as_actor(user)
        unit_of_work(transition_ticket, actor=actor, ticket_id=ticket.id, action=action, **details)

    return move


def page_of(client, ticket, query=""):
    answer = client.get(f"/settings/ticket/{ticket.id}{query}")
    assert answer.status_code == 200
    return answer.text


def authors(page):
    """Return what each message says of its author, in the order of the page."""
    found = re.findall(r'<h3 class="st-by" id="comment-\d+-by">(.*?)</h3>', page, re.S)
    return [" ".join(re.sub(r"<[^>]+>", "", each).split()) for each in found]


def assert_in_order(page, *parts):
    places = [page.index(part) for part in parts]
    assert places == sorted(places)


def test_staff_write_only_to_own_ticket_on_pages(client_of, bob, mona, make_ticket, everything):
    """Case 3. Rule A1."""
    url = f"/settings/ticket/{make_ticket(TicketStatus.Resolved).id}"
    for client in (client_of(bob), client_of(mona)):
        data, before = fill(client, NEW, text="Hello", count="1"), everything()
        for path in ("comments", "reopen", "seen"):
            assert client.post(f"{url}/{path}", data=data).status_code == 404
        assert everything() == before


@pytest.mark.parametrize(
    ("status", "words", "may_comment"),
    [
        (TicketStatus.New, "Thanks, we've got your ticket.", False),
        (TicketStatus.InProgress, "We're working on this", True),
        (TicketStatus.Resolved, "Still not working?", True),
        (TicketStatus.Closed, 'href="/settings/ticket/new">Open a new ticket</a>', False),
    ],
)
def test_page_offers_exactly_what_status_allows(requester, make_ticket, status, words, may_comment):
    """Rules W1, W4."""
    page = page_of(requester, make_ticket(status))
    assert words in html.unescape(page)
    assert ('name="text"' in page) is may_comment
    assert ("/reopen" in page) is (status == TicketStatus.Resolved)
    path = page.partition('class="st-path"')[2].partition("</ol>")[0]
    names = ("Received", "In progress", "Resolved", "Closed")
    assert re.findall(r'<li aria-current="step">([^<]+)</li>', path) == [names[status]]
    assert path.count("st-done") == status


def test_requester_reopens_resolved_ticket_once(requester, make_ticket):
    """Rules C1, W3."""
    url = f"/settings/ticket/{make_ticket(TicketStatus.Resolved).id}"
    data = fill(requester, url)
    assert requester.post(f"{url}/reopen", data={}).status_code == 400
    answer = requester.post(f"{url}/reopen", data=data)
    assert (answer.status_code, answer.location) == (303, url)
    assert "We're working on this" in html.unescape(requester.get(url).text)
    again = requester.post(f"{url}/reopen", data=data)
    assert again.status_code == 409
    assert "You can't do this while the ticket is “In progress”." in html.unescape(again.text)


def test_requester_reopens_ticket_with_reply(requester, make_ticket, everything):
    """Rule W8. “Send and reopen” comes before “Send feedback”."""
    url = f"/settings/ticket/{make_ticket(TicketStatus.Resolved).id}"
    page = requester.get(url).text
    assert_in_order(page, "Send and reopen</button>", "Send feedback</button>")
    before = everything()
    for fields, status in (({"text": " "}, 422), ({"then": "Close"}, 422), ({"then": "x"}, 422)):
        data = fill(requester, url, **{"text": "Still dark.", "then": "Reopen", **fields})
        assert requester.post(f"{url}/comments", data=data).status_code == status
    assert everything() == before
    data = fill(requester, url, text="Still dark.", then="Reopen")
    for _ in range(2):  # a double click
        assert "#comment-" in requester.post(f"{url}/comments", data=data).location
    page = requester.get(url).text
    assert_in_order(page, "You reopened the ticket", "Still dark.")
    assert "We're working on this" in html.unescape(page)
    assert len(everything()["support_ticket_comment"]) == 1


def test_reply_that_reopens_closed_ticket_keeps_text(
    requester, make_ticket, take, mona, everything
):
    """Rules W3, W8."""
    ticket = make_ticket(TicketStatus.Resolved)
    url = f"/settings/ticket/{ticket.id}"
    data = fill(requester, url, text="Still dark.", then="Reopen")
    take(ticket, mona, Action.Close)
    before = everything()
    answer = requester.post(f"{url}/comments", data=data)
    assert answer.status_code == 409
    assert "Still dark." in answer.text
    assert everything() == before


def test_replies_are_below_their_comment_and_escaped(
    requester, alice, mona, make_ticket, make_comment
):
    """Cases 51, 52. Rule R2."""
    ticket = make_ticket(TicketStatus.InProgress, attachment_urls=["https://e.org/x?a=1&b=2"])
    first = make_comment(ticket, mona, "first <script>")
    make_comment(ticket, alice, "second")
    reply = make_comment(ticket, alice, "reply to first", parent=first)
    assert "working on this and have replied" not in page_of(requester, ticket)
    make_comment(ticket, mona, "deeper", parent=reply)
    page = page_of(requester, ticket)
    assert "working on this and have replied" in page
    assert_in_order(page, "first &lt;", "reply to first", "deeper", "second")
    assert "<script>" not in page
    assert 'href="https://e.org/x?a=1&amp;b=2" rel="noopener noreferrer nofollow ugc"' in page
    assert authors(page) == ["mona Staff New reply", "You", "mona Staff New reply", "You"]
    assert "In reply to <bdi>mona</bdi>" in page
    assert page.count('st-depth-1 st-own"') == 1
    assert "st-depth-2" in page


def test_requester_sees_actions_between_comments_but_no_reassignment(
    requester, alice, mona, adam, make_ticket, make_comment, take
):
    """Rule R3."""
    ticket = make_ticket(TicketStatus.InProgress)
    take(ticket, mona, Action.Assign, assigned_to_user_id=adam.id)
    make_comment(ticket, adam, "It is fixed.")
    take(ticket, adam, Action.MarkAsResolved)
    make_comment(ticket, alice, "It is not.")
    take(ticket, alice, Action.Reopen)
    take(ticket, mona, Action.MarkAsResolved)
    take(ticket, mona, Action.Close)
    assert_in_order(
        page := page_of(requester, ticket),
        "<bdi>mona</bdi> started working on the ticket", "It is fixed.",
        "<bdi>adam</bdi> marked the ticket as resolved", "It is not.", "You reopened the ticket",
        "<bdi>mona</bdi> marked the ticket as resolved", "<bdi>mona</bdi> closed the ticket",
    )  # fmt: skip
    assert page.count('class="st-event"') == 5


def test_staff_are_both_sides_on_own_ticket(client_of, mona, make_ticket, make_comment, take):
    """Rule W5."""
    ticket = make_ticket(TicketStatus.InProgress, owner=mona)
    make_comment(ticket, mona, parent=make_comment(ticket, mona))
    take(ticket, mona, Action.MarkAsResolved)
    take(ticket, mona, Action.Close)
    page = page_of(client_of(mona), ticket)
    assert_in_order(
        page, "You started working on the ticket", "You marked the ticket as resolved",
        "You closed the ticket",
    )  # fmt: skip
    assert [each.removesuffix(" New reply") for each in authors(page)] == ["You Staff", "You Staff"]
    assert "In reply to you" in page


def test_page_leads_to_first_new_reply(requester, mona, make_ticket, make_comment):
    """Rule R1."""
    ticket = make_ticket(TicketStatus.InProgress)
    make_comment(ticket, mona)
    page = page_of(requester, ticket)
    assert "data-st-unread>1 new reply<" in page
    assert 'href="#first-unread">Go to the first new reply' in page
    data = {**form_fields(page), "count": "1"}
    script = {"X-Requested-With": "XMLHttpRequest"}
    answer = requester.post(f"/settings/ticket/{ticket.id}/seen", data=data, headers=script)
    assert (answer.status_code, answer.data) == (204, b"")


def test_long_thread_has_pages(requester, mona, make_ticket, make_comment):
    """Case 87. Rule P1."""
    ticket = make_ticket(TicketStatus.InProgress)
    for number in range(51):
        make_comment(ticket, mona, f"number {number}.")
    for query, has_first, has_last in (
        ("?page=1", True, False), ("?page=2", False, True), ("?page=3", False, False),
        ("?page=0", True, False), (f"?page={'9' * 30}", True, False), ("?page=x", True, False),
    ):  # fmt: skip
        page = page_of(requester, ticket, query)
        assert ("number 49." in page) is ("st-description" in page) is has_first, query
        assert ("number 50." in page) is has_last, query
        assert ("There's nothing on this page." in html.unescape(page)) is not (
            has_first or has_last
        ), query


def test_script_gets_304_while_page_is_current(requester, mona, make_ticket, make_comment):
    """Rule E1."""
    ticket = make_ticket(TicketStatus.InProgress)
    make_comment(ticket, mona)
    page = page_of(requester, ticket)
    stamp = re.search(r'data-st-stamp="([^"]+)"', page)[1]
    address = re.search(r'data-st-ask="([^"]+)"', page)[1]
    answer = requester.get(address, headers={"If-None-Match": f'"{stamp}"'})
    assert answer.status_code == 304
