"""What scripts add to a ticket's page for staff: news, reading marks, drafts, keys; and paper."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from flask_support_tickets import Action, TicketStatus

from ..chromium import NEEDS_CHROMIUM
from .hands import let_pass, wait_until_forgotten

pytestmark = NEEDS_CHROMIUM

CONFLICT = ("status of 409",)
STARTED = TicketStatus.InProgress


WAYS_IN = [("alice", "/settings/ticket/{id}"), ("mona", "/admin/tickets/{id}")]


@pytest.fixture
def ticket(site, request):
    return site.file(f"For {request.node.name}", STARTED)


class TestNews:
    def test_are_told_and_shown_without_moving_what_is_typed(self, open_as, site, ticket):
        page = open_as("mona")
        page.clock.install()
        page.goto(f"/admin/tickets/{ticket}")
        page.locator("#text").fill("Half a sentence")
        page.locator("#text").press("End")
        before = page.locator("#text").bounding_box()
        comment = site.comment(ticket, "alice", "One more thing.")
        page.clock.run_for(31_000)
        bar = page.locator("[data-st-news]")
        expect(bar).to_contain_text("Alice Rivers commented")
        assert page.locator(f"#comment-{comment}").count() == 0
        assert page.locator("#text").bounding_box()["x"] == before["x"]
        expect(page.locator("#text")).to_be_focused()
        bar.get_by_role("button", name="Show").click()
        expect(page.locator(f"#comment-{comment}")).to_be_focused()
        expect(page.locator("#text")).to_have_value("Half a sentence")
        expect(bar).to_be_empty()
        page.get_by_role("button", name="Send reply").click()
        expect(page.locator(".st-timeline")).to_contain_text("Half a sentence")

    def test_bring_the_form_along_when_nothing_was_typed(self, open_as, site):
        ticket = site.file("Not started yet")
        page = open_as("mona")
        page.clock.install()
        page.goto(f"/admin/tickets/{ticket}")
        expect(page.locator("#text")).to_have_count(0)
        site.move(ticket, Action.StartProgress, by="adam")
        page.clock.run_for(31_000)
        page.get_by_role("button", name="Show").click()
        expect(page.locator("#text")).to_be_visible()
        expect(page.locator("[data-st-drop-hint]")).to_be_visible()

    def test_leave_what_is_typed_where_it_can_be_sent_no_more(self, open_as, site, ticket):
        page = open_as("mona")
        page.clock.install()
        page.goto(f"/admin/tickets/{ticket}")
        page.locator("#text").fill("Too late")
        site.move(ticket, Action.MarkAsResolved, by="adam")
        page.clock.run_for(31_000)
        page.get_by_role("button", name="Show").click()
        expect(page.locator(".st-answer .st-notice")).to_contain_text("Reopen it to reply")
        expect(page.locator("#text")).to_have_value("Too late")
        expect(page.locator(".st-answer button[type=submit]")).to_have_count(0)
        site.move(ticket, Action.Reopen, by="adam")
        page.clock.run_for(120_000)
        page.get_by_role("button", name="Show").click()
        expect(page.locator(".st-answer .st-notice")).to_have_count(0)
        page.get_by_role("button", name="Send reply").click()
        expect(page.locator(".st-timeline")).to_contain_text("Too late")

    def test_are_asked_for_less_and_less(self, open_as, site, ticket):
        page = open_as("mona")
        page.clock.install()
        page.goto(f"/admin/tickets/{ticket}")
        answers = [answer for _ in range(30) for answer in let_pass(page, 20)]
        assert 4 <= len([answer for answer in answers if "/news?" in answer.url]) <= 6


class TestReadingMarks:
    def test_are_set_when_all_that_is_new_was_on_the_screen(self, open_as, site, ticket):
        site.comment(ticket, "alice", "Look!")
        page = open_as("mona")
        with page.expect_response(re.compile("/seen")) as answer:
            page.goto(f"/admin/tickets/{ticket}")
        assert answer.value.status == 201
        expect(page.locator("form.st-seen")).to_have_count(0)
        page.reload()
        expect(page.locator(".st-unread-mark")).to_have_count(0)


class TestDrafts:
    def test_come_back_until_they_were_sent(self, open_as, site, ticket):
        page = open_as("mona")
        page.goto(f"/admin/tickets/{ticket}")
        page.locator("#text").fill("Do not lose me")
        page.goto("/admin/tickets/")
        page.goto(f"/admin/tickets/{ticket}")
        expect(page.locator("#text")).to_have_value("Do not lose me")
        page.get_by_role("button", name="Reply and mark resolved").click()
        expect(page.locator(".st-head")).to_contain_text("Resolved")
        wait_until_forgotten(page)
        site.move(ticket, Action.Reopen)
        page.goto(f"/admin/tickets/{ticket}")
        expect(page.locator("#text")).to_have_value("")

    def test_are_forgotten_by_who_went_on_before_the_script_ran(self, open_as, site, ticket):
        page = open_as("mona", expects=("Failed to load resource",))
        page.goto(f"/admin/tickets/{ticket}")
        page.locator("#text").fill("Sent,\nand gone on")
        page.route("**/drafts.js*", lambda route: route.abort())
        page.get_by_role("button", name="Send reply").click()
        expect(page.locator(".st-timeline")).to_contain_text("Sent,")
        page.unroute("**/drafts.js*")
        page.goto(f"/admin/tickets/{ticket}")
        wait_until_forgotten(page)
        expect(page.locator("#text")).to_have_value("")

    @pytest.mark.parametrize(("who", "path"), WAYS_IN)
    def test_what_was_sent_is_not_offered_again_by_going_back(
        self, open_as, site, ticket, who, path
    ):
        page = open_as(who)
        page.goto(path.format(id=ticket))
        page.locator("#text").fill("Sent once")
        page.locator(".st-send [type=submit]").first.click()
        expect(page.locator(".st-thread")).to_contain_text("Sent once")
        wait_until_forgotten(page)
        page.go_back()
        expect(page.locator(".st-thread")).to_contain_text("Sent once")
        expect(page.locator("#text")).to_have_value("")
        page.locator("#text").fill("Not sent")
        page.goto("/settings/ticket")
        page.go_back()
        expect(page.locator("#text")).to_have_value("Not sent")


@pytest.mark.parametrize(("who", "path"), WAYS_IN)
def test_a_reply_to_a_comment_is_written_at_once(open_as, site, ticket, who, path):
    comment = site.comment(ticket, "alice", "Which one?")
    page = open_as(who)
    page.goto(path.format(id=ticket))
    page.locator(f"#comment-{comment}").get_by_role("link", name="Reply").click()
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("just this")
    expect(page.locator("#text")).to_have_value("just this")


class TestUnsent:
    @pytest.fixture
    def page(self, open_as, ticket):
        """The ticket's page; what it asks is in ``page.asked``, and answered by ``page.answer``."""
        page = open_as("mona")
        page.asked, page.answer = [], "dismiss"

        def answer(dialog):
            page.asked.append(dialog.message)
            getattr(dialog, page.answer)()

        page.on("dialog", answer)
        page.goto(f"/admin/tickets/{ticket}")
        return page

    def test_text_is_not_left_behind_without_a_word(self, page, site, ticket):
        page.locator("#text").fill("Typed, not sent")
        page.get_by_role("button", name="Mark Resolved #").click()
        expect(page.locator("#text")).to_have_value("Typed, not sent")
        assert page.asked == ["Your reply is not sent yet. Go on without it?"]
        page.answer = "accept"
        page.get_by_role("button", name="Mark Resolved #").click()
        expect(page.locator(".st-head")).to_contain_text("Resolved")
        assert len(page.asked) == 2

    def test_files_are_not_left_behind_without_a_word(self, page, site, ticket):
        comment = site.comment(ticket, "alice", "Here?")
        page.reload()
        note = {"name": "note.txt", "mimeType": "text/plain", "buffer": b"A note."}
        page.locator("#attachments").set_input_files(note)
        page.locator(f"#comment-{comment} .st-reply-link").click()
        assert page.asked == ["The chosen files are not sent yet. Go on without them?"]
        expect(page.locator("[data-st-chosen]")).to_contain_text("note.txt")

    def test_nothing_is_asked_where_nothing_is_lost(self, page, site, ticket):
        comment = site.comment(ticket, "alice", "Here?")
        page.reload()
        page.locator("#text").fill("Typed, not sent")
        page.locator(f"#comment-{comment} .st-reply-link").click()
        expect(page.locator(".st-answered")).to_be_visible()
        expect(page.locator("#text")).to_have_value("Typed, not sent")
        page.get_by_role("button", name="Send reply").click()
        expect(page.locator(".st-timeline")).to_contain_text("Typed, not sent")
        assert page.asked == []


class TestConflicts:
    def test_keep_the_text_and_the_files(self, open_as, site, ticket):
        page = open_as("mona", expects=CONFLICT)
        page.goto(f"/admin/tickets/{ticket}")
        page.locator("#text").fill("With a file")
        note = {"name": "note.txt", "mimeType": "text/plain", "buffer": b"A note."}
        page.locator("#attachments").set_input_files(note)
        site.comment(ticket, "alice", "Wait.")
        page.get_by_role("button", name="Reply and mark resolved").click()
        expect(page.locator(".st-conflict")).to_be_focused()
        expect(page.locator("#text")).to_have_value("With a file")
        expect(page.locator("[data-st-chosen]")).to_contain_text("note.txt")
        page.get_by_role("button", name="Reply and mark resolved").click()
        expect(page.locator(".st-head")).to_contain_text("Resolved")
        expect(page.locator(".st-timeline")).to_contain_text("note.txt")


class TestKeys:
    def test_lead_through_the_queue_and_to_the_reply(self, open_as, site):
        first, second = (site.file(f"Queued {n}", STARTED, department="Abuse") for n in "ab")
        page = open_as("mona")
        page.goto(f"/admin/tickets/{second}?department=Abuse&status=InProgress")
        page.keyboard.press("j")
        page.wait_for_url(f"**/admin/tickets/{first}?**")
        page.keyboard.press("k")
        page.wait_for_url(f"**/admin/tickets/{second}?**")
        page.keyboard.press("r")
        expect(page.locator("#text")).to_be_focused()
        page.keyboard.type("just u and j?")
        expect(page.locator("#text")).to_have_value("just u and j?")
        page.locator("#text").fill("")
        page.locator("h1").click()
        page.keyboard.press("u")
        page.wait_for_url("**/admin/tickets/?**")
        assert "department=Abuse" in page.url

    def test_can_be_switched_off(self, open_as, site, ticket):
        page = open_as("mona")
        page.goto(f"/admin/tickets/{ticket}")
        page.keyboard.press("?")
        dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
        expect(dialog).to_be_visible()
        dialog.get_by_label("Use these keys").uncheck()
        page.keyboard.press("Escape")
        page.keyboard.press("r")
        expect(page.locator("#text")).not_to_be_focused()
        page.reload()
        page.keyboard.press("?")
        expect(dialog).to_be_hidden()
        page.get_by_role("button", name="Keyboard shortcuts").click()
        dialog.get_by_label("Use these keys").check()
        dialog.get_by_role("button", name="Close this list").click()
        page.keyboard.press("r")
        expect(page.locator("#text")).to_be_focused()


class TestPaper:
    def test_has_the_ticket_alone(self, open_as, site):
        page = open_as("mona")
        page.goto(f"/admin/tickets/{site.places['deep']}")
        page.emulate_media(media="print")
        for seen in ("h1", ".st-description", ".st-timeline", ".st-fields"):
            expect(page.locator(f".st-admin {seen}").first).to_be_visible()
        for hidden in (".sidebar", "#st-reply", ".st-walk", ".st-steps", ".st-reply-link", ".btn"):
            for part in page.locator(hidden).all():
                expect(part).to_be_hidden()
        expect(page.locator("text=Level 8")).to_be_visible()
