"""The reply of staff: written for the ticket as its page showed it, perhaps resolving. Rule E3."""

import io
import re
from html import unescape

import pytest

from flask_support_tickets import TicketStatus

from ..conftest import form_fields
from .conftest import buttons, press

REPLY_BUTTONS = {"Start and reply", "Reopen and reply", "Send reply", "Reply and mark resolved"}


@pytest.fixture
def ticket(make_ticket):
    return make_ticket(TicketStatus.InProgress)


@pytest.fixture
def url(ticket):
    return f"/admin/tickets/{ticket.id}"


def fill(page, **fields):
    """Return the reply form of ``page`` as a browser sends it, with ``fields`` typed in."""
    form = page[page.index('id="st-reply"') :]
    version = re.search(r'<input type="hidden" name="version" value="([^"]*)"', form)[1]
    return {**form_fields(page), "version": version, **fields}


def test_reply_that_resolves_ticket_counts_once(staff, url, everything):
    """Rule F1."""
    data = fill(staff.get(url).text, text="Done.", then="MarkAsResolved")
    for _ in range(2):
        answer = staff.post(f"{url}/comments?status=New&department=IT", data=data)
        assert answer.location.startswith(f"{url}?status=New&department=IT#comment-")
    page = staff.get(url).text
    assert "st-badge-Resolved" in page
    page = page[page.index('id="st-thread"') :]
    assert page.index("Done.") < page.index("marked the ticket as resolved")
    assert len(everything()["support_ticket_comment"]) == 1


@pytest.mark.parametrize(
    ("status", "then"),
    [
        (TicketStatus.New, "StartProgress"), (TicketStatus.New, "MarkAsResolved"),
        (TicketStatus.Resolved, "Reopen"),
    ],
)  # fmt: skip
def test_reply_starts_resolves_or_reopens_ticket(staff, make_ticket, everything, status, then):
    """Rule W8."""
    url = f"/admin/tickets/{make_ticket(status).id}"
    page, before = staff.get(url).text, everything()
    assert f'name="then" value="{then}"' in page
    blank = staff.post(f"{url}/comments", data=fill(page, text=" ", then=then))
    assert (blank.status_code, everything()) == (422, before)
    data = fill(page, text="We are on it.", then=then)
    assert staff.post(f"{url}/comments", data=data).status_code == 303
    page = staff.get(url).text
    is_resolved = then == "MarkAsResolved"
    assert ("st-badge-Resolved" if is_resolved else "st-badge-InProgress") in page
    assert "We are on it." in page


def test_reply_with_invalid_version_or_action_keeps_text(staff, url, everything):
    page, before = staff.get(url).text, everything()
    for fields, status in (
        ({"version": "x"}, 422), ({"version": "0"}, 422), ({"version": "9" * 30}, 422),
        ({"version": "99"}, 409), ({"then": "Close"}, 422), ({"then": "x"}, 422),
    ):  # fmt: skip
        answer = staff.post(f"{url}/comments", data=fill(page, text="My words", **fields))
        assert answer.status_code == status, fields
        assert "My words" in answer.text
        is_unreadable = status == 422 and "version" in fields
        assert ("the ticket's version in the form isn't valid" in unescape(answer.text)) is (
            is_unreadable
        )
    assert everything() == before


def test_reply_to_ticket_that_changed_is_409_and_can_be_sent_again(
    staff, url, ticket, alice, make_comment, everything
):
    page = staff.get(url).text
    comment = make_comment(ticket, alice, "Never mind, it works.")
    before = everything()
    data = fill(page, text="My <words>")
    for headers in ({"X-Requested-With": "XMLHttpRequest"}, {}):  # the script keeps the files
        data["attachments"] = (io.BytesIO(b"A note."), "note.txt")
        answer = staff.post(f"{url}/comments", data=data, headers=headers)
        assert answer.status_code == 409
        assert ("Choose your files again." in answer.text) is (not headers)
    for part in (
        "Not sent yet: the ticket changed while you were writing",
        "<strong><bdi>alice</bdi></strong> replied",
        f'href="#comment-{comment.id}"',
        "Never mind",
        "My &lt;words&gt;",
    ):
        assert part in answer.text
    assert everything() == before
    for form in (fill(answer.text, text="Again"), {**fill(page, text="Blind"), "version": ""}):
        assert staff.post(f"{url}/comments", data=form).status_code == 303


def test_reply_to_ticket_resolved_meanwhile_keeps_text(
    staff, url, ticket, client_of, adam, everything
):
    """Rule W4."""
    data = fill(staff.get(url).text, text="My words", then="MarkAsResolved")
    press(client_of(adam), ticket.id, "MarkAsResolved")
    before = everything()
    answer = staff.post(f"{url}/comments", data=data)
    assert answer.status_code == 409
    assert "<strong><bdi>adam</bdi></strong> marked the ticket as resolved" in answer.text
    assert "Your text is below. Check what's new, then send it again." in unescape(answer.text)
    assert {"Reopen and reply"} == buttons(answer.text) & REPLY_BUTTONS
    again = staff.post(f"{url}/comments", data=fill(answer.text, text="My words"))
    assert again.status_code == 409
    assert "You can't reply while the ticket is “Resolved”." in unescape(again.text)
    assert "My words" in again.text
    assert "the ticket changed" not in again.text
    assert everything() == before


def test_staff_cannot_resolve_own_resolved_ticket_with_feedback(
    staff, mona, make_ticket, everything
):
    """Rules W3, W5."""
    url = f"/admin/tickets/{make_ticket(TicketStatus.Resolved, owner=mona).id}"
    data = fill(staff.get(url).text, text="My words", then="MarkAsResolved")
    before = everything()
    answer = staff.post(f"{url}/comments", data=data)
    assert answer.status_code == 409
    assert "You can't do this while the ticket is “Resolved”." in unescape(answer.text)
    assert "My words" in answer.text
    assert everything() == before
