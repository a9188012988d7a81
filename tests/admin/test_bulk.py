"""One action for several tickets at once. Rule W6."""

import re
from html import unescape

import pytest
from werkzeug.datastructures import MultiDict

from flask_support_tickets import TicketStatus
from flask_support_tickets.errors import PreconditionFailed, Unavailable
from flask_support_tickets.web import action_results

from ..host import db
from .conftest import rows, token_of


@pytest.fixture
def send(staff):
    """Send the bulk form: ``send("Close", 1, 2)`` returns the response."""

    def post(action, *ids, query="", **fields):
        data = {"csrf_token": token_of(staff), "step": action, "ticketId": list(map(str, ids))}
        return staff.post(f"/admin/tickets/bulk{query}", data={**data, **fields})

    return post


@pytest.fixture
def results(staff):
    """Return the lines that the queue shows about the last action; None without one."""

    def read():
        page = staff.get("/admin/tickets/").text
        section = re.search(r'<section class="st-results.*?</section>', page, re.S)
        return re.findall(r"(#\d+.*?\.)</", section[0]) if section else None

    return read


def test_queue_shows_result_of_each_ticket_once(send, results, make_ticket, everything):
    new, closed, other = make_ticket(), make_ticket(TicketStatus.Closed), make_ticket()
    ids = (new.id, closed.id, 987654, other.id, new.id)
    answer = send("StartProgress", *ids, query="?status=New")
    assert (answer.status_code, answer.location) == (303, "/admin/tickets/?status=New")
    assert results() == [
        f"#{new.id} is now “In progress”.",
        f"#{closed.id} skipped: already closed.",
        "#987654 skipped: ticket not found.",
        f"#{other.id} is now “In progress”.",
    ]
    assert results() is None
    for action, status in (("MarkAsResolved", "Resolved"), ("Close", "Closed")):
        send(action, new.id, confirmed="yes")
        assert results() == [f"#{new.id} is now “{status}”."]
    before = everything()
    send("StartProgress", other.id)
    assert results() == [f"#{other.id} skipped: already in progress."]
    assert everything() == before


def test_priority_and_tags_of_several_tickets_change(send, results, staff, make_ticket, everything):
    """Rules M1, M2."""
    ticket, closed = make_ticket(priority=2), make_ticket(TicketStatus.Closed)
    ids = (ticket.id, closed.id, 987654)
    gone = "#987654 skipped: ticket not found."
    late = f"#{closed.id} skipped: already closed."
    for step, tag, text in (
        ("SetPriority:3", "", "Set priority to Urgent"),
        ("AddTag", " VPN ", "Add tag “VPN”"),
        ("AddTag", "berlin", "Add tag “berlin”"),
        ("RemoveTag", "Berlin", "Remove tag “Berlin”"),
    ):
        if step != "RemoveTag":  # a closed ticket has no tag to remove
            send(step, *ids, tag=tag)
            assert results() == [f"#{ticket.id}: {text} – done.", late, gone]
        else:
            send(step, ticket.id, tag=tag)
        before = everything()
        send(step, ticket.id, tag=tag.upper())
        assert results() == [f"#{ticket.id} skipped: nothing to change."]
        assert everything() == before
    data = staff.get(f"/api/tickets/{ticket.id}").json["data"]
    assert (data["priority"], data["tags"]) == (3, ["VPN"])
    staff.patch(f"/api/tickets/{ticket.id}", json={"tags": [str(n) for n in range(20)]})
    send("AddTag", ticket.id, tag="more")
    assert results() == [f"#{ticket.id} skipped: it has too many tags."]


@pytest.mark.parametrize(
    ("step", "tag", "sentence"),
    [
        ("SetPriority:4", "", "Must be one of: 0, 1, 2, 3."),
        ("SetPriority:High", "", "Not a valid integer."),
        ("SetPriority", "", "Choose a bulk action first. No tickets were changed."),
        ("AddTag", "", "Enter a tag."),
        ("RemoveTag", "a,b", "contain a comma."),
        ("AddTag", "x" * 41, "40"),
        ("AddTag:x", "x", "Choose a bulk action first."),
    ],
)
def test_invalid_priority_or_tag_is_explained(
    staff, send, make_ticket, everything, step, tag, sentence
):
    """Rules M1, M2."""
    ticket, before = make_ticket(), everything()
    assert send(step, ticket.id, tag=tag).status_code == 303
    assert sentence in unescape(staff.get("/admin/tickets/").text)
    assert everything() == before


def test_only_staff_can_be_assigned(send, results, make_ticket, alice, adam, everything):
    """Rule A2."""
    ticket, resolved = make_ticket(TicketStatus.InProgress), make_ticket(TicketStatus.Resolved)
    send(f"Assign:{adam.id}", ticket.id, resolved.id)
    assert results() == [
        f"#{ticket.id} is now assigned to adam.",
        f"#{resolved.id} skipped: already resolved.",
    ]
    before = everything()
    send(f"Assign:{adam.id}", ticket.id)
    assert results() == [f"#{ticket.id} skipped: already assigned to adam."]
    for assignee in (alice.id, 987654):
        send(f"Assign:{assignee}", ticket.id)
        assert results() == [f"#{ticket.id} skipped: the assignee must be a staff member."]
    assert everything() == before


def test_invalid_bulk_form_says_why_and_changes_nothing(staff, send, make_ticket, everything):
    """Rule C1."""
    make_ticket()
    before = everything()
    for action, ids, fields, reason in (
        ("StartProgress", [], {}, "Select at least one ticket first. No tickets were changed."),
        ("", [1], {}, "Choose a bulk action first. No tickets were changed."),
        ("Reopen", [1], {}, "Choose a bulk action first. No tickets were changed."),
        ("Assign", [1], {}, "Choose a bulk action first. No tickets were changed."),
        ("Close:1", [1], {}, "Choose a bulk action first. No tickets were changed."),
        ("Assign:x", [1], {}, "Choose a staff member."),
        ("StartProgress", ["0", "1"], {}, "Your selection isn't valid. Select the tickets again."),
        (
            "StartProgress",
            range(1, 22),
            {},
            "Your selection isn't valid. Select the tickets again.",
        ),
        ("StartProgress", [1], {"csrf_token": "junk"}, "This page has expired. Please try again."),
    ):
        page = unescape(staff.get(send(action, *ids, **fields).location).text)
        assert reason in page, (action, ids)
        assert "st-results" not in page
    assert everything() == before


def test_assignee_who_left_is_named_somebody_else(send, results, make_ticket, adam):
    ticket = make_ticket(TicketStatus.InProgress)
    send(f"Assign:{adam.id}", ticket.id)
    adam.active = False
    db.session.commit()
    assert results() == [f"#{ticket.id} is now assigned to someone else."]


BUSY = " skipped: the service is busy. Please try again."
LOST = ": the connection was lost. Please check whether it was updated."
CHANGED = " skipped: someone just changed it. Check it and try again."


@pytest.mark.parametrize(
    ("error", "first_result", "second_result"),
    [
        (Unavailable(), BUSY, BUSY),
        (Unavailable(may_be_stored=True), LOST, BUSY),
        (PreconditionFailed(TicketStatus.InProgress), CHANGED, CHANGED),
    ],
)
def test_rest_of_tickets_is_not_tried_while_database_is_busy(
    send, results, make_ticket, adam, monkeypatch, error, first_result, second_result
):
    tried = []

    def fail(*args, ticket_id, **kwargs):
        tried.append(ticket_id)
        raise error

    first, second = make_ticket(TicketStatus.InProgress).id, make_ticket().id
    monkeypatch.setattr(action_results, "unit_of_work", fail)
    send(f"Assign:{adam.id}", first, second)
    assert tried == ([first] if second_result == BUSY else [first, second])
    assert results() == [f"#{first}{first_result}", f"#{second}{second_result}"]


def test_whole_page_can_be_started_at_once(staff, send, results, make_ticket):
    assert "st-bulk" not in staff.get("/admin/tickets/").text
    ids = [make_ticket().id for _ in range(20)]
    page = staff.get("/admin/tickets/?status=New").text
    form = re.search(r'<form [^>]*id="st-bulk".*?</form>', page, re.S)[0]
    assert 'action="/admin/tickets/bulk?status=New"' in form
    assert form.count("<form") == 1
    assert staff.get("/admin/tickets/bulk?status=New").location == "/admin/tickets/?status=New"
    actions = re.findall(r'<option value="([^"]*)"', form)
    assert actions[:4] == ["", "StartProgress", "MarkAsResolved", "Close"]
    assert f'name="ticketId" value="{ids[0]}" form="st-bulk"' in rows(page)[ids[0]]
    answer = send("StartProgress", *ids)
    assert max(map(len, answer.headers.getlist("Set-Cookie"))) < 1_000
    assert len(results()) == 20


def test_closing_several_tickets_asks_first(send, staff, results, make_ticket, everything):
    """Rule W7."""
    ids = [make_ticket(TicketStatus.Resolved).id for _ in range(2)]
    before = everything()
    page = send("Close", *ids, query="?status=Resolved")
    assert page.status_code == 200
    assert "Close 2 tickets?" in page.text
    assert everything() == before
    assert results() is None
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text)
    assert [value for name, value in fields if name == "ticketId"] == list(map(str, ids))
    data = MultiDict(fields)
    assert staff.post("/admin/tickets/bulk?status=Resolved", data=data).status_code == 303
    assert results() == [f"#{ticket_id} is now “Closed”." for ticket_id in ids]


class TestEmptiedPage:
    """Rule P1."""

    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_PAGE_SIZE": 2}

    def test_bulk_action_leads_to_the_page_before(self, send, staff, make_ticket):
        ids = [make_ticket().id for _ in range(6)]
        query = "?status=New&order=oldest&page=3"
        answer = send("StartProgress", *ids[4:], query=query)
        assert answer.location == "/admin/tickets/?status=New&order=oldest&page=2"
        assert list(rows(staff.get(answer.location).text)) == [ids[2], ids[3]]
        answer = send("StartProgress", *ids[2:4], query="?status=New&order=oldest&page=2")
        assert answer.location == "/admin/tickets/?status=New&order=oldest"
