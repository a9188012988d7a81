"""A ticket's page: fields, thread, timeline, buttons, unread comments, and its neighbours."""

import html
import re
from types import SimpleNamespace

import pytest

from flask_support_tickets import TicketStatus
from flask_support_tickets.web.event_text import event_text

from ..conftest import form_fields
from .conftest import buttons, press

NOTE = "Save note for staff"


@pytest.fixture
def ticket(make_ticket):
    return make_ticket(TicketStatus.InProgress, department="Sales", subject="A <i>b</i>")


@pytest.fixture
def url(ticket):
    return f"/admin/tickets/{ticket.id}"


def test_page_shows_ticket_escaped(staff, url, ticket, alice, mona, adam, make_comment):
    """Case 51."""
    comment = make_comment(ticket, alice, "Hello <script>")
    make_comment(ticket, mona, "Nested", parent=comment)
    press(staff, ticket.id, "Assign", assignedToUserId=str(adam.id))
    make_comment(ticket, alice, "Thanks")
    page = staff.get(url).text
    for words in ("A &lt;i&gt;b&lt;/i&gt;", "Sales", "opened the ticket", "replied"):
        assert words in page
    assert re.findall(r'<option value="\d+">(\w+)</option>', page) == ["adam", "mona"]
    thread = page[page.index('id="st-thread"') : page.index('id="st-reply"')]
    expected = (
        "started working on the ticket",
        "Hello &lt;script&gt;",
        "Nested",
        "assigned the ticket to",
        "Thanks",
    )
    places = [thread.index(words) for words in expected]
    assert places == sorted(places)
    assert "replied" not in thread
    assert "opened the ticket" not in thread
    assert page.index('id="st-reply"') < page.index('id="st-properties"'), "first on a phone"


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        (
            TicketStatus.New,
            {"Start Progress", "Assign", "Start and reply", "Reply and mark resolved", NOTE},
        ),
        (
            TicketStatus.InProgress,
            {"Mark Resolved", "Assign", "Send reply to alice", "Reply and mark resolved", NOTE},
        ),
        (TicketStatus.Resolved, {"Close", "Reopen", "Reopen and reply", NOTE}),
        (TicketStatus.Closed, set()),
    ],
)
def test_page_offers_exactly_what_status_allows(staff, make_ticket, status, allowed):
    """Rules W1, W4, W8."""
    page = staff.get(f"/admin/tickets/{make_ticket(status).id}").text
    known = {
        *("Start Progress", "Mark Resolved", "Assign", "Close", "Reopen", "Send reply to alice"),
        *("Start and reply", "Reopen and reply", "Reply and mark resolved", "Send feedback", NOTE),
    }
    assert buttons(page) & known == allowed
    is_closed = status == TicketStatus.Closed
    assert ('name="text"' not in page) is ("This ticket is closed" in page) is is_closed


def test_deleted_assignee_has_placeholder_in_history(app):
    """Case 118."""
    event = SimpleNamespace(user_id=1, user_name="50 % off\\", assigned_to_user_id=None)
    event.assigned_to_name, event.action, event.changes = None, "Assign", None
    assert event_text(event) == "50 % off\\ assigned the ticket to Deleted user"
    event.action = "StartProgress"
    assert (
        event_text(event)
        == "50 % off\\ started progress on the ticket and assigned it to Deleted user"
    )


@pytest.mark.parametrize("is_own", [False, True])
def test_feedback_written_since_resolution_is_marked(
    staff, alice, mona, make_ticket, make_comment, is_own
):
    """Rule W5."""
    owner = mona if is_own else alice
    ticket = make_ticket(TicketStatus.InProgress, owner=owner)
    make_comment(ticket, owner, "before")
    press(staff, ticket.id, "MarkAsResolved")
    assert "Feedback after resolution" not in staff.get(f"/admin/tickets/{ticket.id}").text
    make_comment(ticket, owner, "after")
    page = staff.get(f"/admin/tickets/{ticket.id}").text
    assert page.count("Feedback after resolution") == 1
    assert page.index("before") < page.index("Feedback after resolution") < page.index("after")


def test_page_marks_place_of_first_unread_comment(staff, url, ticket, alice, make_comment):
    """Rules D1, R1."""
    make_comment(ticket, alice, "one")
    page = staff.get(url).text
    assert page.count("st-unread-mark") == 1
    data = {**form_fields(page), "count": "1"}
    answer = staff.post(f"{url}/seen?status=New&listPage=2", data=data)
    assert (answer.status_code, answer.location) == (303, f"{url}?status=New&listPage=2")
    assert "st-unread-mark" not in staff.get(url).text
    make_comment(ticket, alice, "two")
    page = staff.get(url).text
    assert page.index("one") < page.index("st-unread-mark") < page.index("two")


def test_news_lists_changes_since_version(staff, url, ticket, alice, make_comment):
    """Rule E3."""
    quiet = staff.get(f"{url}/news?version=2")
    assert (quiet.json["version"], quiet.json["changes"]) == (2, [])
    unchanged = staff.get(
        f"{url}/news?version=2", headers={"If-None-Match": f'"{quiet.json["etag"]}"'}
    )
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    make_comment(ticket, alice)
    press(staff, ticket.id, "MarkAsResolved")
    answer = staff.get(f"{url}/news?version=2")
    changes = ["mona marked the ticket as resolved", "alice replied"]
    assert (answer.json["version"], answer.json["changes"]) == (4, changes)
    assert answer.headers["Cache-Control"] == "private, no-store"
    for query in (
        "",
        "version=",
        "version=x",
        "version=1&page=2",
        "version=1&version=1",
        "replying=yes",
        "version=1&replying=yes&replying=yes",
    ):
        assert staff.get(f"{url}/news?{query}").status_code == 422, query
    for missing in ("987654", "x"):
        assert staff.get(f"/admin/tickets/{missing}/news?version=1").status_code == 404


def test_page_links_to_neighbours_in_list_it_was_opened_from(staff, make_ticket):
    """Rule D1."""
    tickets = [make_ticket(department=("IT", "Sales & more")[n % 2]) for n in range(6)]
    url, kept = f"/admin/tickets/{tickets[3].id}", "department=Sales+%26+more"
    page = staff.get(f"{url}?{kept}&listPage=2&page=1&other=x").text
    links = dict(re.findall(r'href="([^"]+)"[^>]* data-st-walk="(\w+)"', page))
    assert {name: html.unescape(link) for link, name in links.items()} == {
        "back": f"/admin/tickets/?{kept}&page=2#ticket-{tickets[3].id}",
        "before": f"/admin/tickets/{tickets[5].id}?{kept}&listPage=2",
        "after": f"/admin/tickets/{tickets[1].id}?{kept}&listPage=2",
    }
    for query in ("status=Nope", "listPage=x", "search=work"):  # not a list with an order
        answer = staff.get(f"{url}?{query}")
        assert answer.status_code == 200
        assert 'data-st-walk="after"' not in answer.text, query
