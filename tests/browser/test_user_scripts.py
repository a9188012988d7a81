"""What scripts add for users: drafts, news while a page is open, read by looking."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from flask_support_tickets import Action, TicketStatus

from ..chromium import NEEDS_CHROMIUM
from .hands import let_pass, wait_until_forgotten

pytestmark = NEEDS_CHROMIUM

NEW = "/settings/ticket/new"
REFUSED = ("status of 422",)


@pytest.fixture
def ticket_id(site):
    """A ticket of alice's in progress, with one answer."""
    made = site.file("A radio", TicketStatus.InProgress)
    site.comment(made, "mona", "Does it crackle?")
    return made


def go(page: Page, path: str) -> None:
    page.goto(path)
    page.wait_for_timeout(50)  # until the modules have run


def keys(page: Page) -> list[str]:
    return page.evaluate("Object.keys(localStorage)")


def leave(page: Page) -> None:
    page.goto("/settings/ticket")


class TestDrafts:
    def test_a_draft_comes_back_and_can_be_discarded(self, open_as):
        page = open_as("alice")
        go(page, NEW)
        page.get_by_label("Subject").fill("Half a thought")
        page.get_by_label("Department").select_option("Billing")
        leave(page)
        go(page, NEW)
        expect(page.get_by_label("Subject")).to_have_value("Half a thought")
        expect(page.get_by_label("Department")).to_have_value("Billing")
        expect(page.locator(".st-draft [role=status]")).to_contain_text("Draft restored")
        page.get_by_role("button", name="Discard").click()
        expect(page.get_by_label("Subject")).to_have_value("")
        expect(page.get_by_label("Subject")).to_be_focused()
        expect(page.locator(".st-draft")).to_have_count(0)
        leave(page)
        assert keys(page) == []

    def test_it_is_for_its_user_alone(self, open_as):
        page = open_as("alice")
        go(page, NEW)
        page.get_by_label("Subject").fill("A secret")
        leave(page)
        page.context.clear_cookies()
        page.request.post("/login", form={"username": "bob", "password": "demo"})
        go(page, NEW)
        expect(page.get_by_label("Subject")).to_have_value("")
        expect(page.locator(".st-draft")).to_have_count(0)

    def test_it_goes_once_the_ticket_is_filed(self, open_as):
        page = open_as("alice", expects=REFUSED)
        go(page, NEW)
        page.get_by_label("Subject").fill("  A kettle ")
        page.get_by_role("button", name="Send ticket").click()
        expect(page.locator(".st-errors")).to_be_focused()
        leave(page)
        go(page, NEW)
        expect(page.get_by_label("Subject")).to_have_value("  A kettle ")  # it was refused
        page.get_by_label("Description").fill("It does not boil.")
        page.get_by_role("button", name="Send ticket").click()
        expect(page).to_have_url(re.compile(r"/settings/ticket/\d+$"))
        wait_until_forgotten(page)

    @pytest.mark.parametrize("with_a_file", [False, True])
    def test_it_goes_once_the_comment_is_there(self, open_as, ticket_id, with_a_file):
        page = open_as("alice")
        go(page, f"/settings/ticket/{ticket_id}")
        page.get_by_label("Your comment").fill("It does.")
        if with_a_file:
            file = {"name": "a.log", "mimeType": "text/plain", "buffer": b"crackle\n"}
            page.get_by_label("Attachments").set_input_files(file)
        page.get_by_role("button", name="Send comment").click()
        expect(page.locator(".st-own")).to_contain_text("It does.")
        wait_until_forgotten(page)
        expect(page.get_by_label("Your comment")).to_have_value("")

    def test_what_the_server_shows_goes_first(self, open_as):
        page = open_as("alice", expects=REFUSED)
        go(page, NEW)
        page.get_by_label("Subject").fill("Sent")
        page.get_by_role("button", name="Send ticket").click()
        expect(page.locator(".st-errors")).to_be_visible()
        expect(page.get_by_label("Subject")).to_have_value("Sent")
        expect(page.locator(".st-draft")).to_have_count(0)

    def test_an_old_one_is_forgotten(self, open_as):
        page = open_as("alice")
        page.clock.install(time="2026-01-01")
        go(page, NEW)
        page.get_by_label("Subject").fill("In January")
        leave(page)
        page.clock.set_fixed_time("2026-01-16")
        go(page, NEW)
        expect(page.get_by_label("Subject")).to_have_value("")
        assert keys(page) == []


def test_a_long_text_says_how_much_is_left(open_as):
    page = open_as("alice")
    go(page, NEW)
    subject = page.get_by_label("Subject")
    subject.fill("x" * 149)
    expect(page.locator("#subject-left")).to_have_count(0)
    subject.fill(" " + "😀" * 151 + " ")
    expect(page.locator("#subject-left")).to_have_text("Characters left: 49")
    expect(page.locator("#subject-left + [role=status]")).to_have_text("Characters left: 49")
    subject.fill("x" * 202)
    expect(page.locator("#subject-left")).to_have_text("Characters too many: 2")
    subject.fill("x")
    expect(page.locator("#subject-left")).to_be_hidden()


class TestNews:
    @pytest.fixture
    def page(self, open_as, ticket_id):
        """Her ticket, open at a clock of ours."""
        page = open_as("alice", expects=("status of 401",), viewport={"width": 900, "height": 500})
        page.clock.install()
        go(page, f"/settings/ticket/{ticket_id}")
        page.clock.fast_forward("00:02")
        expect(page.get_by_role("button", name="Mark as read")).to_have_count(0)
        return page

    def test_what_was_on_the_screen_for_a_moment_was_read(self, page):
        """Rule R1."""
        expect(page.locator("[data-st-unread]")).to_have_count(1)
        page.reload()
        expect(page.locator("[data-st-unread]")).to_have_count(0)

    def test_are_told_and_shown_without_losing_a_word(self, page, site, ticket_id):
        page.get_by_label("Your comment").fill("I am just writing")
        page.evaluate("scrollTo(0, 40)")
        first = site.comment(ticket_id, "mona", "One thing more.")
        site.comment(ticket_id, "mona", "And another.")
        page.clock.fast_forward("00:31")
        bar = page.locator(".st-live")
        expect(bar).to_contain_text("2 new replies")
        assert page.evaluate("scrollY") == 40
        expect(page.get_by_text("One thing more.")).to_have_count(0)
        bar.get_by_role("button", name="Show").click()
        expect(page.locator(".st-comment")).to_have_count(3)
        expect(page.locator(f"#comment-{first}")).to_be_focused()
        expect(page.get_by_label("Your comment")).to_have_value("I am just writing")
        expect(bar).to_have_count(0)
        page.clock.fast_forward("00:02")
        expect(page.get_by_role("button", name="Mark as read")).to_have_count(0)
        page.get_by_role("button", name="Send comment").click()
        expect(page.locator(".st-own")).to_contain_text("I am just writing")
        expect(page.locator("[data-st-unread]")).to_have_count(0)

    def test_a_reply_of_a_reply_comes_to_its_place(self, page, site, ticket_id):
        root = site.comment(ticket_id, "alice", "Mine.")
        site.comment(ticket_id, "mona", "Last.")
        page.reload()
        site.comment(ticket_id, "mona", "In between.", parent_comment_id=root)
        page.clock.fast_forward("00:31")
        page.get_by_role("button", name="Show").click()
        texts = page.locator(".st-comment .st-text")
        expect(texts).to_have_text(["Does it crackle?", "Mine.", "In between.", "Last."])

    def test_a_step_of_staff_changes_what_can_be_done(self, page, site, ticket_id):
        site.move(ticket_id, Action.MarkAsResolved)
        page.clock.fast_forward("00:31")
        expect(page.locator(".st-live")).to_contain_text("This ticket has changed.")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("[aria-current=step]")).to_have_text("Resolved")
        expect(page.locator(".st-event").last).to_contain_text("marked it as resolved")
        expect(page.get_by_role("button", name="Reopen ticket")).to_be_visible()
        file = {"name": "a.log", "mimeType": "text/plain", "buffer": b"crackle\n"}
        page.get_by_label("Your feedback").fill("Fine now.")
        page.get_by_label("Attachments").set_input_files(file)
        page.get_by_role("button", name="Send feedback").click()
        expect(page.locator(".st-own")).to_contain_text("Fine now.")
        expect(page.get_by_role("link", name="a.log")).to_be_visible()

    def test_what_is_typed_becomes_feedback_when_staff_resolve_it(self, page, site, ticket_id):
        page.get_by_label("Your comment").fill("It does not")
        site.move(ticket_id, Action.MarkAsResolved)
        page.clock.fast_forward("00:31")
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_label("Your feedback")).to_have_value("It does not")
        page.get_by_role("button", name="Send feedback").click()
        expect(page.locator(".st-own")).to_contain_text("It does not")

    def test_asking_is_cheap_gets_rarer_and_ends_with_the_session(self, page):
        def ask_within(seconds: int) -> list[int]:
            return [one.status for one in let_pass(page, seconds) if "/api/" in one.url]

        assert ask_within(31) == [304]
        assert ask_within(31) == []
        assert ask_within(31) == [304]
        page.context.clear_cookies()
        assert ask_within(301) == [401]
        assert ask_within(3600) == []


def test_without_a_script_a_button_marks_as_read(open_as, site, ticket_id):
    page = open_as("alice", javascript=False)
    page.goto(f"/settings/ticket/{ticket_id}")
    expect(page.locator("[data-st-unread]")).to_have_text("1 new reply")
    page.get_by_role("button", name="Mark as read").click()
    expect(page).to_have_url(re.compile(rf"/settings/ticket/{ticket_id}$"))
    expect(page.locator("[data-st-unread]")).to_have_count(0)
