"""The switch between a reply and an internal note. Rule A4."""

import pytest
from playwright.sync_api import expect

from flask_support_tickets import Action

from ..chromium import NEEDS_CHROMIUM

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def path(ticket):
    return f"/admin/tickets/{ticket}"


def buttons(page):
    return page.locator(".st-send button:visible").all_inner_texts()


def test_switch_works_without_javascript(open_as, path):
    page = open_as("mona", javascript=False)
    page.goto(path)
    assert buttons(page) == ["Send reply to Alice Rivers", "Reply and mark resolved", "Preview"]
    page.get_by_role("radio", name="Internal note").check()
    assert buttons(page) == ["Save note for staff", "Preview"]
    page.get_by_role("textbox", name="Internal note").fill("Only us.")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("radio", name="Internal note")).to_be_checked()
    page.get_by_role("button", name="Save note for staff").click()
    expect(page.locator(".st-note")).to_contain_text("Only us.")
    expect(page.get_by_role("radio", name="Reply", exact=True)).to_be_checked()


def test_keys_choose_kind_and_draft_keeps_it(open_as, path):
    page = open_as("mona")
    page.goto(path)
    page.keyboard.press("n")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("nr")
    page.goto("/settings")
    page.goto(path)
    expect(page.locator("#text")).to_have_value("nr")
    expect(page.get_by_role("radio", name="Internal note")).to_be_checked()
    page.locator("h1").click()
    page.keyboard.press("r")
    expect(page.get_by_role("radio", name="Reply", exact=True)).to_be_checked()


def test_note_is_kept_as_note_when_the_ticket_changes(open_as, site, ticket, path):
    page = open_as("mona")
    page.clock.install()
    page.goto(path)
    page.keyboard.press("n")
    page.keyboard.type("My words")
    site.move(ticket, Action.MarkAsResolved, by="adam")
    page.clock.run_for(60_000)
    page.locator(".st-news").get_by_role("button", name="Show").click()
    expect(page.get_by_role("radio", name="Internal note")).to_be_checked()
    assert buttons(page) == ["Save note for staff", "Preview"]
    page.get_by_role("button", name="Save note for staff").click()
    expect(page.locator(".st-note")).to_contain_text("My words")


def test_draft_of_reply_to_note_comes_back_as_note(open_as, site, ticket, path):
    note = site.comment(ticket, "mona", "Only us.", is_internal=True)
    page = open_as("mona")
    page.goto(f"{path}?replyTo={note}")
    page.locator("#text").fill("Me too")
    page.goto("/settings")
    page.goto(path)
    expect(page.locator("#text")).to_have_value("Me too")
    assert buttons(page) == ["Save note for staff", "Preview"]


def test_draft_of_note_does_not_become_reply(open_as, site, path, monkeypatch):
    page = open_as("mona")
    page.goto(path)
    page.keyboard.press("n")
    page.keyboard.type("Secret")
    page.goto("/settings")
    [view] = [each for each in site.app.extensions["admin"][0]._views if "tickets" in str(each.url)]
    forbid = lambda self, name, ticket: name != "Note"  # noqa: E731
    monkeypatch.setattr(type(view), "is_row_action_allowed", forbid)
    page.goto(path)
    assert buttons(page) == ["Send reply to Alice Rivers", "Reply and mark resolved", "Preview"]
    expect(page.locator("#text")).to_have_value("")
