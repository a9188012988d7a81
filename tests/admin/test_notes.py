"""Internal notes on the ticket page of staff. Rule A4."""

import re
from html import unescape

import pytest

from flask_support_tickets import TicketStatus
from flask_support_tickets.admin import TicketView

from .conftest import buttons, token_of
from .test_replying import fill

NOTE, SWITCH = "Save note for staff", '<input type="radio" name="kind" value="note"'
New, InProgress, Resolved, Closed = TicketStatus


def url_of(ticket):
    return f"/admin/tickets/{ticket.id}"


def notes_in(page):
    """Return the texts of the comments that are marked as notes."""
    found = re.findall(r'<li class="st-comment[^"]* st-note.*?</li>', page, re.S)
    assert all("Internal note</span>" in each for each in found)
    return [re.search(r'class="st-text[^>]*>(.*?)</div>', each, re.S)[1] for each in found]


@pytest.mark.parametrize(
    "sent", [{"kind": "note"}, {"then": "Note"}, {"kind": "reply", "then": "Note"}]
)
@pytest.mark.parametrize("status", [New, InProgress, Resolved])
def test_note_is_saved_by_switch_or_button(staff, client_of, alice, make_ticket, status, sent):
    ticket = make_ticket(status)
    page = staff.get(url_of(ticket)).text
    assert SWITCH in page
    assert NOTE in buttons(page)
    data = fill(page, text="Only <us>", **sent)
    for _ in range(2):  # counts once
        assert staff.post(f"{url_of(ticket)}/comments", data=data).status_code == 303
    page = staff.get(url_of(ticket)).text
    assert notes_in(page) == ["Only &lt;us&gt;"]
    assert "</bdi></strong> added an internal note" in page
    assert "Only" not in client_of(alice).get(f"/settings/ticket/{ticket.id}").text


@pytest.mark.parametrize(
    "sent", [{"kind": "note", "then": "MarkAsResolved"}, {"kind": "Note"}, {"kind": "x"}]
)
def test_unclear_note_is_refused_and_kept(staff, make_ticket, everything, sent):
    ticket = make_ticket(InProgress)
    page, before = staff.get(url_of(ticket)).text, everything()
    answer = staff.post(f"{url_of(ticket)}/comments", data=fill(page, text="My words", **sent))
    assert (answer.status_code, everything()) == (422, before)
    assert "My words" in answer.text
    is_note = sent["kind"] == "note"
    assert (f"{SWITCH} checked" in answer.text) is is_note
    assert ("An internal note can't be combined" in unescape(answer.text)) is is_note


def test_reply_button_names_its_reader(staff, make_ticket, mona):
    assert "Send reply to alice" in buttons(staff.get(url_of(make_ticket(InProgress))).text)
    own = staff.get(url_of(make_ticket(InProgress, owner=mona))).text
    assert "Send reply" in buttons(own)


def test_note_can_only_be_answered_by_note(staff, make_ticket, make_note, make_comment, mona):
    ticket = make_ticket(InProgress)
    comment, note = make_comment(ticket, mona, "Public"), make_note(ticket, mona, "Mine")
    page = staff.get(f"{url_of(ticket)}?replyTo={comment.id}").text
    assert SWITCH in page
    page = staff.get(f"{url_of(ticket)}?replyTo={note.id}").text
    assert buttons(page) & {NOTE, "Send reply to alice", "Reply and mark resolved"} == {NOTE}
    assert '<input type="hidden" name="kind" value="note">' in page
    data = fill(page, text="Answer", parentCommentId=str(note.id))  # without the switch
    assert staff.post(f"{url_of(ticket)}/comments", data=data).status_code == 303
    assert notes_in(staff.get(url_of(ticket)).text) == ["Mine", "Answer"]


def test_closed_ticket_takes_no_note(staff, make_ticket, everything):
    ticket = make_ticket(Closed)
    before = everything()
    data = {"csrf_token": token_of(staff), "text": "My words", "kind": "note"}
    answer = staff.post(f"{url_of(ticket)}/comments", data=data)
    assert (answer.status_code, everything()) == (409, before)
    assert "You can't add a note while the ticket is “Closed”." in unescape(answer.text)
    assert "My words" in answer.text


class Restricted(TicketView):
    def is_row_action_allowed(self, name, ticket):
        return name != ticket.subject


@pytest.mark.parametrize("forbidden", ["Note", "Comment"])
def test_view_can_forbid_notes_or_replies(make_desk, forbidden):
    shop = make_desk(Restricted)
    ticket_id, mona = shop.open(subject=forbidden, status=1), shop.client("mona")
    url = f"/admin/tickets/{ticket_id}"
    page = mona.get(url).text
    assert SWITCH not in page
    assert (NOTE in buttons(page)) is (forbidden == "Comment")
    data = fill(page, text="T")
    answers = {
        kind: mona.post(f"{url}/comments", data={**data, "kind": kind}).status_code
        for kind in ("reply", "note")
    }
    refused = "note" if forbidden == "Note" else "reply"
    assert answers == {"reply": 303, "note": 303, refused: 403}
