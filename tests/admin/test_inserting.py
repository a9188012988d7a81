"""Saved replies are inserted into the reply form, without JavaScript. Rule M3."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest

from flask_support_tickets import Policy, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.services import create_saved_reply, delete_saved_reply

from .desks import TicketView
from .test_replying import fill

TEXT = "Hi {requester},\n\n{ticket} is <b>done</b>. {other}\n{staff}"


@pytest.fixture
def saved(mona):
    actor = actor_for(mona)
    return unit_of_work(create_saved_reply, actor=actor, title="<i>Done</i>", text=TEXT).id


@pytest.fixture
def ticket(make_ticket):
    return make_ticket(TicketStatus.InProgress)


@pytest.fixture
def insert(staff, ticket):
    """Press "Insert" on the page of the ticket."""

    def post(saved_reply, **fields):
        url = f"/admin/tickets/{ticket.id}"
        data = fill(staff.get(url).text, savedReply=saved_reply, insert="1", **fields)
        return staff.post(f"{url}/comments?status=New", data=data)

    return post


def text_in(page):
    return unescape(re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.S)[1])


def test_text_is_added_to_what_was_typed(staff, insert, saved, ticket, everything):
    page = staff.get(f"/admin/tickets/{ticket.id}").text
    assert f'<option value="{saved}">&lt;i&gt;Done&lt;/i&gt;</option>' in page
    assert f'formaction="/admin/tickets/{ticket.id}/comments#text"' in page
    before = everything()
    filled = f"Hi alice,\n\n#{ticket.id} is <b>done</b>. {{other}}\nmona"
    for typed, text in (("", filled), (" Hello\n", f" Hello\n\n{filled}"), (filled, 0)):
        answer = insert(saved, text=typed)
        assert answer.status_code == 200
        assert text_in(answer.text) == (text or f"{filled}\n\n{filled}")
        assert "There&#39;s a problem" not in answer.text
        assert (
            " selected" not in answer.text.partition('name="savedReply"')[2].partition("/select")[0]
        )
    assert everything() == before


def test_other_fields_are_kept_and_files_are_asked_for_again(
    staff, insert, saved, ticket, make_comment, mona
):
    comment = make_comment(ticket, mona, "Which one?")
    answer = insert(saved, kind="note", parentCommentId=str(comment.id), submission_key="my-key")
    assert 'value="note" checked' in answer.text
    assert f'name="parentCommentId" value="{comment.id}"' in answer.text
    assert 'name="submission_key" value="my-key"' in answer.text
    assert "Replying to <bdi>mona</bdi>" in answer.text
    assert "Choose your files again." not in answer.text
    answer = insert(saved, attachments=(io.BytesIO(b"A note."), "note.txt"))
    assert answer.status_code == 200
    assert "Choose your files again." in answer.text
    assert "is <b>done</b>" in text_in(answer.text)


def test_what_cannot_be_inserted_is_explained(staff, insert, saved, ticket, mona, everything):
    before = everything()
    for wrong in ("", "x", "0", "987654", str(2**64)):
        answer = insert(wrong, text="Typed", kind="note")
        assert answer.status_code == 422, wrong
        assert '<a href="#savedReply">Choose a saved reply.</a>' in answer.text
        assert text_in(answer.text) == "Typed"
    url = f"/admin/tickets/{ticket.id}/comments"
    forged = staff.post(url, data={"savedReply": saved, "insert": "1", "text": "Typed"})
    assert (forged.status_code, text_in(forged.text)) == (400, "Typed")
    assert everything() == before
    unit_of_work(delete_saved_reply, actor=actor_for(mona), reply_id=saved)
    assert insert(saved, text="Typed").status_code == 422
    assert "savedReply" not in staff.get(f"/admin/tickets/{ticket.id}").text


def test_sending_ignores_the_chosen_saved_reply(staff, saved, ticket):
    url = f"/admin/tickets/{ticket.id}"
    data = fill(staff.get(url).text, text="My own words", savedReply=saved)
    assert staff.post(f"{url}/comments", data=data).status_code == 303
    assert "My own words" in staff.get(url).text
    blank = staff.post(f"{url}/comments", data={**data, "text": " "})
    assert f'<option value="{saved}" selected>' in blank.text


def test_staff_insert_without_the_permission_and_requesters_never_do(
    client_of, alice, insert, saved, ticket, change_state
):
    class NoPermissions(Policy):
        def may(self, user, permission):
            return False

    change_state(policy=NoPermissions())
    assert insert(saved).status_code == 200
    client = client_of(alice)
    assert "savedReply" not in client.get(f"/settings/ticket/{ticket.id}").text
    data = {"insert": "1", "savedReply": saved, "text": "T"}
    assert client.post(f"/admin/tickets/{ticket.id}/comments", data=data).status_code == 403


def test_view_that_forbids_replies_forbids_inserting(make_desk, mona):
    class Silent(TicketView):
        def is_row_action_allowed(self, name, ticket):
            return name != "Comment"

    desk = make_desk(Silent)
    ticket = desk.open()
    assert desk.post(f"{ticket}/comments", insert="1", savedReply="1").status_code == 403
