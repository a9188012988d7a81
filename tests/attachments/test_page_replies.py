"""Replies with files in Chromium, where they lead to; and every form without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.chromium import NEEDS_CHROMIUM
from tests.browser.people import people
from tests.browser.serving import make_site, serving

from .browsing import NEW, file_ticket, input_of, payload

pytestmark = NEEDS_CHROMIUM

COMMENT = re.compile(r"#comment-\d+$")
REFUSED = ("status of 422", "status of 409")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with serving(make_site(tmp_path_factory.mktemp("site"))) as address:
        yield address


@pytest.fixture
def open_as(browser, site):
    with people(browser, site) as open_as:
        yield open_as


@pytest.fixture(params=["user", "admin"])
def conversation(request, open_as):
    """The page of a ticket in progress, of its owner or in the admin; and a fresh look at it."""
    alice, mona = open_as("alice", expects=REFUSED), open_as("mona", expects=REFUSED)
    number = file_ticket(alice)
    mona.goto(f"/admin/tickets/{number}")
    mona.get_by_role("button", name="Start Progress").click()
    alice.reload()
    return mona if request.param == "admin" else alice


def write(page, text, *files):
    page.locator("#text").fill(text)
    input_of(page).set_input_files(list(files))


def send(page):
    """Press the button, and wait until the browser is at a comment it was not at before."""
    before = page.url
    page.locator("#st-reply button.st-primary").click()
    page.wait_for_url(lambda url: COMMENT.search(url) is not None and url != before)


def assert_at_the_comment(page, text, *names):
    comment = page.locator(".st-comment:target")
    expect(comment.locator(".st-text")).to_have_text(text)
    assert comment.locator(".st-file-text a").all_text_contents() == list(names)
    expect(comment).to_be_in_viewport()
    assert page.locator("#text").input_value() == ""
    expect(page.locator(".st-chosen li")).to_have_count(0)


class TestReplies:
    def test_lead_to_the_comment_with_its_files(self, conversation):
        path = conversation.url
        write(conversation, "Once", payload("one.txt"), payload("two.txt"))
        send(conversation)
        assert conversation.url.partition("#")[0] == path
        assert_at_the_comment(conversation, "Once", "one.txt", "two.txt")
        write(conversation, "And again", payload("three.txt"))
        send(conversation)
        assert_at_the_comment(conversation, "And again", "three.txt")

    def test_to_a_comment_hang_below_it(self, conversation):
        write(conversation, "A question", payload("one.txt"))
        send(conversation)
        conversation.get_by_role("link", name="Reply").click()
        write(conversation, "An answer", payload("two.txt"))
        send(conversation)
        assert_at_the_comment(conversation, "An answer", "two.txt")
        expect(conversation.locator(".st-comment:target")).to_have_class(re.compile("st-depth-1"))

    def test_that_are_refused_keep_text_and_files(self, conversation):
        write(conversation, "My words", payload("one.txt"), payload("fake.pdf", b"<html>"))
        conversation.locator("#st-reply button.st-primary").click()
        expect(conversation.locator(".st-errors")).to_contain_text("“fake.pdf”: This kind of file")
        assert conversation.locator("#text").input_value() == "My words"
        assert conversation.locator(".st-chosen bdi").all_text_contents() == ["one.txt", "fake.pdf"]
        conversation.get_by_role("button", name="Remove fake.pdf").click()
        send(conversation)
        assert_at_the_comment(conversation, "My words", "one.txt")

    def test_to_a_ticket_closed_meanwhile_keep_text_and_files(self, open_as):
        alice, mona = open_as("alice", expects=REFUSED), open_as("mona")
        number = file_ticket(alice)
        mona.goto(f"/admin/tickets/{number}")
        for step in ("Start Progress", "Mark Resolved"):
            mona.get_by_role("button", name=step).first.click()
        alice.reload()
        write(alice, "It does not glow", payload("one.txt"))
        mona.get_by_role("button", name="Close").first.click()
        alice.get_by_role("button", name="Send feedback").click()
        expect(alice.locator(".st-errors")).to_be_focused()
        assert alice.locator("#text").input_value() == "It does not glow"
        assert alice.locator(".st-chosen bdi").all_text_contents() == ["one.txt"]


class TestWithoutJavascript:
    @pytest.fixture
    def form(self, open_as):
        page = open_as("alice", javascript=False, expects=REFUSED)
        page.goto(NEW)
        page.get_by_label("Subject").fill("My words")
        page.get_by_label("Description").fill("Many of them.")
        return page

    def send(self, page):
        page.get_by_role("button", name="Send ticket").click()

    def test_there_is_a_plain_file_input_and_nothing_that_does_not_work(self, form):
        expect(input_of(form)).to_be_visible()
        expect(form.locator("#attachments-hint")).to_contain_text("Up to 10 files")
        for part in ("[data-st-drop-hint]", "[data-st-chosen]", "[data-st-progress]"):
            expect(form.locator(part)).to_be_hidden()
        input_of(form).set_input_files([payload("one.txt"), payload("two.txt")])
        self.send(form)
        form.wait_for_url(re.compile(r"/\d+$"))
        assert form.locator(".st-file-text a").all_text_contents() == ["one.txt", "two.txt"]

    def test_each_refused_file_is_told_and_the_words_stay(self, form):
        bad = [payload("a.html"), payload("empty.txt", b""), payload("fake.png", b"no")]
        input_of(form).set_input_files([payload("good.txt"), *bad])
        self.send(form)
        summary = form.locator(".st-errors")
        for words in ("“a.html”: This kind", "“empty.txt”: The file is empty", "“fake.png”: This"):
            expect(summary).to_contain_text(words)
            expect(form.locator("#attachments-error")).to_contain_text(words)
        expect(summary).not_to_contain_text("good.txt")
        summary.get_by_role("link").first.click()
        expect(input_of(form)).to_be_focused()
        assert input_of(form).get_attribute("aria-invalid") == "true"
        self.assert_it_works_with_a_good_file(form)

    def test_files_have_to_be_chosen_again_when_something_else_is_wrong(self, form):
        form.get_by_label("Subject").fill(" ")
        input_of(form).set_input_files(payload("good.txt"))
        self.send(form)
        expect(form.locator("#attachments-error")).to_have_text("Please choose the files again.")
        expect(form.locator("#subject-error")).to_be_visible()
        form.get_by_label("Subject").fill("My words")
        self.assert_it_works_with_a_good_file(form)

    def assert_it_works_with_a_good_file(self, form):
        assert form.get_by_label("Subject").input_value() == "My words"
        assert form.get_by_label("Description").input_value() == "Many of them."
        input_of(form).set_input_files(payload("good.txt"))
        self.send(form)
        form.wait_for_url(re.compile(r"/\d+$"))
        assert form.locator(".st-file-text a").all_text_contents() == ["good.txt"]

    def test_a_reply_in_flask_admin_keeps_its_words_too(self, open_as):
        number = file_ticket(open_as("alice"))
        mona = open_as("mona", javascript=False, expects=REFUSED)
        mona.goto(f"/admin/tickets/{number}")
        mona.get_by_role("button", name="Start Progress").click()
        write(mona, "My words", payload("fake.zip", b"no"))
        mona.get_by_role("button", name="Send reply").click()
        expect(mona.locator("#attachments-error")).to_contain_text("fake.zip")
        assert mona.locator("#text").input_value() == "My words"
        input_of(mona).set_input_files(payload("good.txt"))
        send(mona)
        assert_at_the_comment(mona, "My words", "good.txt")
