"""Forms of both faces: they keep the text on every error, count once, and show a preview."""

import io
import re
from html import unescape

import pytest

from flask_support_tickets import Action, TicketStatus, unit_of_work
from flask_support_tickets.services import transition_ticket

from .conftest import fill

SCRIPT = {"X-Requested-With": "XMLHttpRequest"}
NEW = "/settings/ticket/new"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"text": "  "}, 422), ({"text": "a\x01"}, 422), ({"text": "x" * 20_001}, 422),
        ({"parentCommentId": "x"}, 422), ({"parentCommentId": "987654"}, 422),
        ({"seenCount": "-1"}, 422), ({"csrf_token": "junk"}, 400),
    ],
)  # fmt: skip
def test_refused_reply_keeps_text_and_changes_nothing(face, everything, fields, status):
    """Rules A2, C1, T2, T3, T4."""
    data, before = fill(face.client, face.url, **{"text": "My <words>", **fields}), everything()
    answer = face.client.post(f"{face.url}/comments", data=data)
    assert answer.status_code == status
    assert "There's a problem" in unescape(answer.text)
    assert ("My &lt;words&gt;" in answer.text) is ("text" not in fields)
    assert everything() == before


def test_reply_to_ticket_that_moved_on_is_409_and_keeps_text(face, as_actor, mona, everything):
    """Case 50. Rule W4."""
    data = fill(face.client, face.url, text="But it is not!")
    for action in (Action.MarkAsResolved, Action.Close):
        actor = as_actor(mona)
        unit_of_work(transition_ticket, actor=actor, ticket_id=face.ticket.id, action=action)
    before = everything()
    answer = face.client.post(f"{face.url}/comments", data=data)
    assert answer.status_code == 409
    assert "But it is not!" in answer.text
    assert everything() == before


def test_same_reply_sent_twice_counts_once(face, everything):
    """Rule F1."""
    data = fill(face.client, face.url, text="Once.")
    answers = [face.client.post(f"{face.url}/comments", data=data) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert len(everything()["support_ticket_comment"]) == 1


def test_form_cut_short_is_400_and_changes_nothing(client_of, alice, everything):
    """Case 74. Rule B3."""
    client, form, before = client_of(alice), b"subject=S&description=D", everything()
    answer = client.post(
        NEW,
        input_stream=io.BytesIO(form),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"CONTENT_LENGTH": str(len(form) + 1), "wsgi.input_terminated": True},
    )
    assert answer.status_code == 400
    assert everything() == before


@pytest.fixture(params=["new ticket", "requester's reply", "staff's reply"])
def send(request, client_of, alice, mona, make_ticket):
    """Send one of the three forms, filled in."""
    ticket = make_ticket(TicketStatus.InProgress)
    own, theirs = f"/settings/ticket/{ticket.id}", f"/admin/tickets/{ticket.id}"
    client, page, url = {
        "new ticket": (alice, NEW, NEW),
        "requester's reply": (alice, own, f"{own}/comments"),
        "staff's reply": (mona, theirs, f"{theirs}/comments"),
    }[request.param]
    client, name = client_of(client), "description" if page == NEW else "text"
    text = "  See **this**: http://a.example/x, <b>raw</b>\nand more  "
    fields = fill(client, page, subject="Hello", **{name: text})
    return lambda headers=None, **more: client.post(url, data={**fields, **more}, headers=headers)


PREVIEW = (
    'class="st-text st-plain" dir="auto">See **this**: '
    '<a href="http://a.example/x" rel="noopener noreferrer nofollow ugc">'
    "<bdi>http://a.example/x</bdi></a>, &lt;b&gt;raw&lt;/b&gt;\nand more</div>"
)


def test_preview_shows_text_and_sends_nothing(send, everything):
    """Rule V3."""
    before = everything()
    elsewhere = {"subject": "", "parentCommentId": "x", "seenCount": "x"}
    for wrong in ({}, elsewhere):  # other fields are checked when the form is sent
        answer = send(preview="1", **wrong)
        assert answer.status_code == 200
        assert PREVIEW in answer.text
        assert "This is a preview. Nothing has been sent yet." in answer.text
        assert "http://a.example/x, &lt;b&gt;raw&lt;/b&gt;\nand more" in answer.text
        assert "There's a problem" not in unescape(answer.text)
    assert send(**elsewhere).status_code == 422
    for wrong, status in (({"text": "", "description": ""}, 422), ({"csrf_token": "x"}, 400)):
        answer = send(preview="1", **wrong)
        assert answer.status_code == status
        assert "This is a preview. Nothing has been sent yet." not in answer.text
    assert everything() == before
    assert send().status_code == 303


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"preview": "1"}, 200), ({"subject": "", "text": ""}, 422), ({"csrf_token": "x"}, 400),
        ({"attachments": [("a.txt", b"A note."), ("fake.png", b"A note.")]}, 422),
        ({"subject": "", "text": "", "attachments": [("empty.txt", b"")]}, 422),
    ],
)  # fmt: skip
def test_file_field_asks_for_files_again_except_from_script(send, fields, status):
    """Whatever the cause: the text, the token, or one of the files. Rule B3."""
    for headers in (None, SCRIPT):
        files = [
            (io.BytesIO(data), name) for name, data in fields.get("attachments", [("a.txt", b"A")])
        ]
        answer = send(headers, **{**fields, "attachments": files})
        assert answer.status_code == status
        error = re.search(r'id="attachments-error">(.*?)</(?:p|ul)>', answer.text, re.DOTALL)
        assert ("Choose your files again." in (error[1] if error else "")) is (headers is None)


class TestMarkdown:
    """Rule V4."""

    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_MARKUP": "markdown"}

    def test_preview_renders_markdown(self, send):
        answer = send(preview="1")
        assert "<p>See <strong>this</strong>: <a href=" in answer.text
        assert "&lt;b&gt;raw&lt;/b&gt;<br>\nand more" in answer.text
        assert "You can use Markdown" in answer.text

    def test_page_renders_markdown_and_keeps_its_source(
        self, face, make_comment, alice, everything
    ):
        make_comment(face.ticket, alice, "**Bold** and\n\n- one")
        page = face.client.get(face.url).text
        assert 'class="st-text st-markdown" dir="auto"><p><strong>Bold</strong>' in page
        assert "<li>one</li>" in page
        assert "**Bold** and\n\n- one" in everything()["support_ticket_comment"][0]

    def test_page_renders_long_markdown_only_up_to_a_limit(self, face, make_comment, alice):
        for number in range(11):
            make_comment(face.ticket, alice, f"**{number}**" + " x" * 9_990)
        page = face.client.get(face.url).text
        assert "<strong>8</strong>" in page
        assert '<div class="st-plain">**10**' in page
