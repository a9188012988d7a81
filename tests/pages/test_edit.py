"""The requester's form for editing a New ticket, and withdrawing it. Rules W7, W10."""

import html
import io
import re

import pytest

from flask_support_tickets import Action, TicketStatus, unit_of_work
from flask_support_tickets.services import edit_ticket, transition_ticket

from ..host import db
from ..web.conftest import fill_whole_form


@pytest.fixture
def ticket(make_ticket):
    return make_ticket(subject='A "lamp"', description="It is\ndark.", department="IT")


@pytest.fixture
def url(ticket):
    return f"/settings/ticket/{ticket.id}"


def test_requester_edits_ticket_and_its_files(requester, alice, make_ticket, make_upload):
    paths = [make_upload(alice, name).path for name in ("a.txt", "b.txt")]
    ticket = make_ticket(attachment_urls=paths)
    url = f"/settings/ticket/{ticket.id}"
    assert f'href="{url}/edit"' in requester.get(url).text
    removed = str(ticket.attachments[0].id)
    assert f'name="removeAttachment" value="{removed}"' in requester.get(f"{url}/edit").text
    data = fill_whole_form(requester, f"{url}/edit", subject="New words", removeAttachment=removed)
    for _ in range(2):  # a double click
        data["attachments"] = (io.BytesIO(b"A note."), "c.txt")
        answer = requester.post(f"{url}/edit", data=data)
        assert (answer.status_code, answer.location) == (303, url)
    page = html.unescape(requester.get(url).text)
    assert "You changed the ticket: Attachments, Subject (It does not work → New words)" in page
    assert "b.txt" in page
    assert "c.txt" in page
    assert "a.txt" not in page
    db.session.refresh(ticket)
    assert ticket.version == 2


def test_form_has_the_values_of_the_ticket(requester, url):
    page = html.unescape(requester.get(f"{url}/edit").text)
    assert 'value="A "lamp""' in page
    assert "It is\ndark.</textarea>" in page
    assert 'value="IT"' in page


def test_refused_edit_keeps_what_was_typed(requester, url, everything):
    before = everything()
    for fields, status in (({"subject": " "}, 422), ({"csrf_token": "x"}, 400)):
        data = fill_whole_form(requester, f"{url}/edit", description="My words", **fields)
        answer = requester.post(f"{url}/edit", data=data)
        assert (answer.status_code, "My words" in answer.text) == (status, True)
    assert everything() == before


def test_edit_of_changed_ticket_is_409_and_can_be_saved_again(
    requester, mona, as_actor, ticket, url
):
    """Rule E3."""
    data = fill_whole_form(requester, f"{url}/edit", subject="My words")
    unit_of_work(edit_ticket, actor=as_actor(mona), ticket_id=ticket.id, priority=3)
    file = {"attachments": (io.BytesIO(b"A note."), "note.txt")}
    answer = requester.post(f"{url}/edit", data={**data, **file})
    assert answer.status_code == 409
    assert "Save it again to overwrite the changes." in answer.text
    assert "Choose your files again." in answer.text
    etag = re.search(r'name="etag" value="([^"]+)"', answer.text)[1]
    data = {**data, "etag": etag}
    assert requester.post(f"{url}/edit", data=data).status_code == 303
    assert (ticket.subject, ticket.priority) == ("My words", 3)


def test_started_ticket_can_no_longer_be_edited_or_withdrawn(
    requester, mona, as_actor, ticket, url, everything
):
    edit, withdraw = (
        fill_whole_form(requester, f"{url}/edit", subject="S"),
        fill_whole_form(requester, f"{url}/withdraw"),
    )
    actor = as_actor(mona)
    unit_of_work(transition_ticket, actor=actor, ticket_id=ticket.id, action=Action.StartProgress)
    before, page = everything(), requester.get(url).text
    assert "/edit" not in page
    assert "/withdraw" not in page
    for path in ("edit", "withdraw"):
        assert requester.get(f"{url}/{path}").location == url
    assert requester.post(f"{url}/edit", data={**edit, "etag": ""}).status_code == 409
    assert requester.post(f"{url}/withdraw", data=withdraw).status_code == 409
    assert everything() == before


def test_withdrawing_is_confirmed(requester, ticket, url, everything):
    """Rule W7."""
    assert f'href="{url}/withdraw"' in requester.get(url).text
    before = everything()
    page = requester.get(f"{url}/withdraw").text
    assert f"Withdraw #{ticket.id}?" in page
    data = fill_whole_form(requester, f"{url}/withdraw")
    unconfirmed = {**data, "confirmed": ""}
    assert f"Withdraw #{ticket.id}?" in requester.post(f"{url}/withdraw", data=unconfirmed).text
    assert requester.post(f"{url}/withdraw", data={"confirmed": "yes"}).status_code == 400
    assert everything() == before
    assert requester.post(f"{url}/withdraw", data=data).location == url
    page = requester.get(url).text
    assert "You withdrew the ticket" in page
    assert "This ticket is closed." in page
    assert ticket.status == TicketStatus.Closed
