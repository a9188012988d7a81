"""The buttons, each of which takes one action of the workflow on one ticket."""

import re
from html import unescape

import pytest

from flask_support_tickets import TicketStatus

from ..conftest import form_fields
from ..host import db
from .conftest import press, rows


def test_staff_take_ticket_through_its_whole_life_by_buttons(staff, make_ticket):
    """Rule W1."""
    ticket = make_ticket()
    for action, status in (
        ("StartProgress", "In progress"), ("MarkAsResolved", "Resolved"),
        ("Reopen", "In progress"), ("MarkAsResolved", "Resolved"), ("Close", "Closed"),
    ):  # fmt: skip
        answer = press(staff, ticket.id, action, confirmed="yes")
        assert (answer.status_code, answer.location) == (303, f"/admin/tickets/{ticket.id}")
        assert f"is now “{status}”." in staff.get(answer.location).text


@pytest.mark.parametrize(
    ("action", "fields", "reason"),
    [
        ("Close", {}, "You can't do this while the ticket is “New”."),
        ("Delete", {}, "Unknown action."), ("", {}, "Unknown action."),
        ("StartProgress", {"assignedToUserId": "x"}, "Choose a staff member."),
        ("StartProgress", {"assignedToUserId": "987654"}, "Choose a staff member."),
        ("StartProgress", {"csrf_token": "junk"}, "This page has expired. Please try again."),
    ],
)  # fmt: skip
def test_refused_action_says_why_and_changes_nothing(
    staff, make_ticket, everything, action, fields, reason
):
    """Case 19. Rules A2, C1, W3."""
    ticket, before = make_ticket(), everything()
    answer = press(staff, ticket.id, action, **fields)
    assert answer.status_code == 303
    assert reason in unescape(staff.get(answer.location).text)
    assert everything() == before


def test_button_in_queue_returns_to_row_in_same_filter(staff, make_ticket):
    ticket = make_ticket()
    answer = press(staff, ticket.id, "StartProgress", query="?status=New&from=list")
    row = f"/admin/tickets/?status=New#ticket-{ticket.id}"
    assert (answer.status_code, answer.location) == (303, row)
    page = staff.get(row).text
    assert f"Ticket #{ticket.id} is now “In progress”." in page
    assert rows(page) == {}


def test_action_on_changed_ticket_is_not_taken(staff, alice, make_ticket, make_comment, everything):
    """Rule E3."""
    ticket = make_ticket(TicketStatus.InProgress)
    url = f"/admin/tickets/{ticket.id}"
    page = staff.get(url).text
    make_comment(ticket, alice, "Wait!")
    for is_stale in (True, False):
        before = everything()
        version = re.search(r'name="version" value="(\d+)"', page)[1]
        data = {**form_fields(page), "version": version, "action": "MarkAsResolved"}
        answer = staff.post(f"{url}/status?assignedTo=me", data=data)
        assert (answer.status_code, answer.location) == (303, f"{url}?assignedTo=me")
        page = staff.get(answer.location).text
        assert ("Nothing was saved" in page) is ("alice replied" in page) is is_stale
        assert (everything() == before) is is_stale
        assert ("st-badge-Resolved" in page) is not is_stale


@pytest.mark.parametrize(
    "version", ["abc", "0", "-1", "1.0", "1e3", " 1", "٣", "9" * 30, "9" * 5_000, "\0"]
)
def test_action_with_unreadable_version_changes_nothing(staff, make_ticket, everything, version):
    """Rule E3."""
    tickets = {
        "StartProgress": make_ticket(),
        "MarkAsResolved": make_ticket(TicketStatus.InProgress),
        "Close": make_ticket(TicketStatus.Resolved),
    }
    before = everything()
    for action, ticket in tickets.items():
        for place in ("", "?from=list"):
            answer = press(staff, ticket.id, action, query=place, version=version)
            assert answer.status_code == 303
            page = unescape(staff.get(answer.location).text)
            assert "the ticket's version in the form isn't valid. Please try again." in page
    assert everything() == before
    assert press(staff, tickets["StartProgress"].id, "StartProgress", version="").status_code == 303
    assert everything() != before


def test_staff_start_progress_for_themselves_or_for_colleague(staff, make_ticket, adam):
    for assignee, name in (("", "mona"), (str(adam.id), "adam")):
        url = f"/admin/tickets/{make_ticket().id}"
        assert "Me (mona)" in staff.get(url).text
        press(staff, url.rpartition("/")[2], "StartProgress", assignedToUserId=assignee)
        assert f"<dd><bdi>{name}</bdi></dd>" in staff.get(url).text


def test_staff_reassign_ticket_and_take_it_back(staff, make_ticket, adam, mona):
    """Rule H1."""
    ticket = make_ticket(TicketStatus.InProgress)
    url = f"/admin/tickets/{ticket.id}"
    assert "Assign to me" not in staff.get(url).text
    press(staff, ticket.id, "Assign", assignedToUserId=str(adam.id))
    page = staff.get(url).text
    assert (
        "<bdi>mona</bdi></strong> assigned the ticket to <strong><bdi>adam</bdi></strong>" in page
    )
    assert "Assign to me" in page
    press(staff, ticket.id, "Assign", assignedToUserId=str(mona.id))
    assert "<bdi>mona</bdi></strong> took over the ticket" in staff.get(url).text


@pytest.mark.parametrize("place", ["", "?from=list&status=Resolved"])
def test_closing_asks_first_and_says_that_it_is_final(staff, make_ticket, everything, place):
    """Rule W7."""
    ticket = make_ticket(TicketStatus.Resolved)
    before, url = everything(), f"/admin/tickets/{ticket.id}/status{place}"
    token = form_fields(staff.get(f"/admin/tickets/{ticket.id}").text)["csrf_token"]
    page = staff.post(url, data={"action": "Close", "version": "3", "csrf_token": token})
    assert page.status_code == 200
    text = unescape(page.text)
    assert f"Close #{ticket.id}?" in text
    assert "Closed tickets can't be reopened." in text
    assert f'action="{url}' in text
    assert everything() == before
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    assert (fields["version"], fields["confirmed"]) == ("3", "yes")
    closed = staff.post(url, data=fields)
    assert closed.status_code == 303
    db.session.expire_all()
    assert ticket.status == TicketStatus.Closed
    again = staff.post(url, data={"action": "Close", "csrf_token": token})
    assert again.status_code == 303


class TestEmptiedPage:
    """Rule P1."""

    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_PAGE_SIZE": 2}

    def test_action_leads_to_the_page_before(self, staff, make_ticket):
        ids = [make_ticket().id for _ in range(5)]
        for last, page, left in ((ids[0], "3", "&page=2"), (ids[1], "2", "&page=2")):
            query = f"?status=New&from=list&page={page}"
            answer = press(staff, last, "StartProgress", query=query)
            assert answer.location == f"/admin/tickets/?status=New{left}#ticket-{last}"
            assert rows(staff.get(answer.location).text) != {}
        answer = press(staff, ids[2], "StartProgress", query="?status=New&from=list&page=2")
        assert answer.location == f"/admin/tickets/?status=New#ticket-{ids[2]}"
        assert list(rows(staff.get(answer.location).text)) == [ids[4], ids[3]]

    def test_link_back_from_the_ticket_leads_to_the_page_before(self, staff, make_ticket):
        ids = [make_ticket().id for _ in range(3)]
        answer = press(staff, ids[0], "StartProgress", query="?status=New&listPage=2")
        assert answer.location == f"/admin/tickets/{ids[0]}?status=New"
        answer = press(staff, ids[1], "StartProgress", query="?listPage=2")
        assert answer.location == f"/admin/tickets/{ids[1]}?listPage=2"

    def test_page_far_behind_a_search_leads_to_one_that_exists(self, staff, make_ticket):
        ids = [make_ticket(subject="Printer").id for _ in range(3)]
        query = "?search=printer&status=New&from=list&page=9"
        answer = press(staff, ids[0], "StartProgress", query=query)
        assert answer.location == f"/admin/tickets/?status=New&search=printer#ticket-{ids[0]}"
        answer = press(staff, ids[1], "StartProgress", query="?from=list&page=x")
        assert answer.location == f"/admin/tickets/?page=x#ticket-{ids[1]}"
        for number in range(2):
            press(staff, ids[number], "MarkAsResolved")
        answer = press(staff, ids[2], "StartProgress", query="?status=New&from=list&page=2")
        assert answer.location == f"/admin/tickets/?status=New#ticket-{ids[2]}"
        assert rows(staff.get(answer.location).text) == {}
