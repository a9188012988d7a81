"""The preview of a text: the same button on the three forms, on both faces."""

from __future__ import annotations

import io
from typing import Any

import pytest

from flask_support_tickets import TicketStatus

from ..conftest import form_fields

TEXT = "  See **this**: http://a.example/x, <b>raw</b>\nand more  "
PLAIN = (
    'See **this**: <a href="http://a.example/x" rel="noopener noreferrer nofollow ugc">'
    "<bdi>http://a.example/x</bdi></a>, &lt;b&gt;raw&lt;/b&gt;\nand more</div>"
)
MARKDOWN = "<p>See <strong>this</strong>: <a href="


@pytest.fixture(params=["new", "comments", "admin"])
def form(request, client_of, alice, mona, make_ticket) -> Any:
    """A function that posts one of the forms, and the name of its text."""
    ticket = make_ticket(TicketStatus.InProgress)
    page, url, text = {
        "new": ("/settings/ticket/new", "/settings/ticket/new", "description"),
        "comments": (own := f"/settings/ticket/{ticket.id}", f"{own}/comments", "text"),
        "admin": (theirs := f"/admin/tickets/{ticket.id}", f"{theirs}/comments", "text"),
    }[request.param]
    client = client_of(mona if request.param == "admin" else alice)
    fields = {**form_fields(client.get(page).text), "subject": "Hello"}

    def post(headers: Any = None, **more: Any) -> Any:
        return client.post(url, data={**fields, text: TEXT, **more}, headers=headers)

    return post


class TestPlain:
    def test_it_is_shown_and_nothing_is_sent(self, form, everything):
        before = everything()
        answer = form(preview="1")
        assert answer.status_code == 200
        assert PLAIN in answer.text
        assert "Preview: nothing was sent yet." in answer.text
        assert f'class="st-text st-plain" dir="auto">{PLAIN}' in answer.text
        assert "See **this**: http://a.example/x, &lt;b&gt;raw&lt;/b&gt;\nand more" in answer.text
        assert everything() == before

    def test_it_is_sent_after_that(self, form):
        form(preview="1")
        assert form().status_code == 303

    @pytest.mark.parametrize("wrong", [{"text": "", "description": ""}, {"csrf_token": "x"}])
    def test_a_text_that_is_refused_has_none(self, form, wrong):
        refused = form(preview="1", **wrong)
        assert refused.status_code in (400, 422)
        assert "Preview: nothing was sent yet." not in refused.text

    def test_what_is_wrong_elsewhere_waits_until_it_is_sent(self, form):
        wrong = {"subject": "", "parentCommentId": "x", "seenCount": "x"}
        answer = form(preview="1", **wrong)
        assert answer.status_code == 200
        assert PLAIN in answer.text
        assert "There is a problem" not in answer.text
        assert form(**wrong).status_code == 422

    def test_files_are_to_be_chosen_again_but_for_the_script(self, form):
        for headers, is_lost in ((None, True), ({"X-Requested-With": "XMLHttpRequest"}, False)):
            file = (io.BytesIO(b"A note."), "note.txt")
            answer = form(headers, preview="1", attachments=file)
            assert answer.status_code == 200
            assert ("choose the files again" in answer.text) is is_lost


class TestMarkdown:
    @pytest.fixture
    def host_config(self) -> dict[str, Any]:
        return {"SUPPORT_TICKETS_MARKUP": "markdown"}

    def test_it_is_rendered_with_a_hint_at_the_field(self, form):
        answer = form(preview="1")
        assert MARKDOWN in answer.text
        assert "You can use Markdown" in answer.text
        assert "&lt;b&gt;raw&lt;/b&gt;<br>\nand more" in answer.text

    def test_both_sides_see_it_and_the_source_is_kept(
        self, client_of, alice, mona, make_ticket, make_comment
    ):
        ticket = make_ticket(TicketStatus.InProgress, description="**Bold** wish")
        make_comment(ticket, alice, "- one\n- two")
        for page in (
            client_of(alice).get(f"/settings/ticket/{ticket.id}"),
            client_of(mona).get(f"/admin/tickets/{ticket.id}"),
        ):
            assert (
                '<div class="st-text st-markdown" dir="auto"><p><strong>Bold</strong>' in page.text
            )
            assert "<li>one</li>" in page.text
        data = client_of(alice).get(f"/api/tickets/{ticket.id}").json["data"]
        assert data["description"] == "**Bold** wish"

    def test_one_page_reads_so_much_of_it(self, client_of, alice, make_ticket, make_comment):
        ticket = make_ticket(TicketStatus.InProgress)
        for number in range(11):
            make_comment(ticket, alice, f"**{number}**" + " x" * 9_990)
        page = client_of(alice).get(f"/settings/ticket/{ticket.id}").text
        assert "<strong>8</strong>" in page
        assert '<div class="st-plain">**10**' in page
