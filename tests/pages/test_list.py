"""The requester's list of their own tickets, and the frame around the pages."""

import html
import re

from flask_support_tickets import TicketStatus, unit_of_work
from flask_support_tickets.models.status import Side
from flask_support_tickets.services import mark_read

URL = "/settings/ticket"


def test_list_shows_own_tickets_by_status_even_to_staff(client_of, mona, make_ticket):
    """Rules A1, N1."""
    client = client_of(mona)
    make_ticket(TicketStatus.Closed, subject="Hers")
    for status in (TicketStatus.New, TicketStatus.New, TicketStatus.Closed):
        make_ticket(status, subject=f"{status.name}'s own", owner=mona)
    page = client.get(f"{URL}?status=Closed").text
    assert "Closed&#39;s own" in page
    assert "New&#39;s own" not in page
    assert "Hers" not in page
    assert re.findall(r'st-count">(\d+)<', page) == ["3", "2", "0", "0", "1"]
    assert page.count('aria-current="page"') == 1
    page = client.get(f"{URL}?status=Resolved&utm_source=mail").text
    assert "no tickets with this status" in page


def test_requester_searches_only_their_own_tickets(requester, bob, make_ticket):
    """Case 10. Rule S1."""
    make_ticket(subject="The lamp glows")
    make_ticket(TicketStatus.Closed, subject="The lamp is off")
    make_ticket(subject="Another lamp", owner=bob)
    page = requester.get(f"{URL}?search=LAMP").text
    assert page.count("st-card-title") == 2
    assert "2 tickets found" in page
    assert 'value="LAMP"' in page
    assert "st-count" not in page
    page = requester.get(f"{URL}?search=lamp&status=Closed").text
    assert "1 ticket found" in page
    assert '<input type="hidden" name="status" value="Closed">' in page
    assert 'class="st-alone st-clear" href="/settings/ticket?status=Closed"' in page
    page = requester.get(f"{URL}?search=torch").text
    assert "No tickets match your search." in page


def test_list_counts_replies_of_staff_not_yet_read(
    requester, alice, mona, make_ticket, make_comment, as_actor
):
    """Rule R1."""
    subjects = ("Quiet", "Loud", "Louder")
    quiet, one, two = (make_ticket(TicketStatus.InProgress, subject=each) for each in subjects)
    for ticket, author in ((quiet, alice), (one, mona), (two, mona), (two, mona)):
        make_comment(ticket, author)
    page = requester.get(URL).text
    assert page.count("st-is-unread") == 2
    assert page.index("2 new replies") < page.index("1 new reply") < page.index("Quiet")
    unit_of_work(mark_read, actor=as_actor(alice), ticket_id=two.id, side=Side.OWNER, count=1)
    assert requester.get(URL).text.count("1 new reply") == 2


def test_list_has_empty_state_and_pages(requester, make_ticket):
    page = requester.get(URL).text
    assert "You haven't opened a ticket yet." in html.unescape(page)
    assert "Open your first ticket" in page
    assert "st-search" not in page
    tickets = [make_ticket(subject=f"Number {number}.") for number in range(21)]
    page = requester.get(URL).text
    assert "Number 20." in page
    assert "Number 0." not in page
    assert "Page 1 of 2" in page
    exact = f"{tickets[-1].updated_at:%Y-%m-%d %H:%M:%S} UTC"
    assert re.search(rf'Last activity <time datetime="[^"]+" title="{exact}">just now<', page)
    link = html.unescape(re.search(r'rel="next" href="([^"]+)"', page)[1])
    page = requester.get(link).text
    assert "Number 0." in page
    assert 'rel="prev"' in page
    assert "Go to the first page" in requester.get(f"{URL}?page=1000000000").text


def test_invalid_filter_of_list_is_422_without_tickets(requester, make_ticket):
    """Cases 84, 87."""
    make_ticket()
    for query in ("status=X", "page=0", "page=x", f"search={'x' * 201}", f"page={'9' * 99}"):
        answer = requester.get(f"{URL}?{query}")
        assert answer.status_code == 422, query
        assert "st-card" not in answer.text, query
