"""Drafts in several tabs: each tab keeps its own, and those of closed tabs are offered."""

import re

import pytest
from playwright.sync_api import expect

from ..chromium import NEEDS_CHROMIUM
from .hands import both_faces, wait_until, wait_until_no_draft_is_left

pytestmark = NEEDS_CHROMIUM

NEW = "/settings/ticket/new"
#: A site without HTTPS has no locks.
NO_LOCKS = "Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })"
with_and_without_locks = pytest.mark.parametrize("script", ["", NO_LOCKS], ids=["https", "http"])


def drafts(page):
    """Return the first text of each stored draft."""
    return page.evaluate("""() => Object.values(localStorage).map((text) =>
        Object.values(JSON.parse(text).fields).find(Boolean)).sort()""")


def type_draft(page, text, field="#subject"):
    page.locator(field).fill(text)
    wait_until(page, lambda: text in drafts(page))


def duplicate(page):
    """Open the page in a tab that starts with a copy of this one's sessionStorage."""
    with page.context.expect_page() as opened:
        page.evaluate("void window.open(location.href)")
    copy = opened.value
    copy.wait_for_load_state()
    assert copy.evaluate("sessionStorage.length") == 1
    return copy


def offers(page):
    return page.locator("[data-st-offer]")


@with_and_without_locks
def test_two_tabs_keep_two_drafts_which_survive_a_reload(open_as, script):
    first = open_as("alice")
    first.context.add_init_script(script)
    second = first.context.new_page()
    for page, text in ((first, "A kettle"), (second, "A lamp")):
        page.goto(NEW)
        expect(page.locator("#subject")).to_have_value("")
        type_draft(page, text)
    for _ in range(2):
        for page, text in ((first, "A kettle"), (second, "A lamp")):
            page.reload()
            expect(page.locator("#subject")).to_have_value(text)
            expect(offers(page)).to_have_count(0)
    assert drafts(first) == ["A kettle", "A lamp"]


@with_and_without_locks
def test_duplicated_tab_does_not_overwrite_the_draft_of_the_original(open_as, script):
    page = open_as("alice")
    page.context.add_init_script(script)
    page.goto(NEW)
    type_draft(page, "The original")
    copy = duplicate(page)
    expect(offers(copy)).to_have_count(0)
    type_draft(copy, "The copy")
    copy.reload()
    expect(copy.locator("#subject")).to_have_value("The copy")
    page.reload()
    expect(page.locator("#subject")).to_have_value("The original")
    third = duplicate(copy)
    type_draft(third, "The third")
    assert drafts(page) == ["The copy", "The original", "The third"]


@with_and_without_locks
def test_draft_of_a_closed_tab_is_offered_and_continued_in_another(open_as, script):
    closed = open_as("alice")
    closed.context.add_init_script(script)
    closed.goto(NEW)
    closed.get_by_label("Department").select_option("Billing")
    type_draft(closed, "From a closed tab " + "x" * 80)
    page = closed.context.new_page()
    page.goto(NEW)
    expect(offers(page)).to_have_count(0)
    closed.close()
    page.reload()
    expect(offers(page)).to_have_text(
        re.compile(rf"You have an unsent draft: From a closed tab {'x' * 42}…")
    )
    expect(page.locator("#subject")).to_have_value("")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#subject")).to_have_value("From a closed tab " + "x" * 80)
    expect(page.get_by_label("Department")).to_have_value("Billing")
    expect(page.locator(".st-draft")).to_contain_text("We restored your unsent draft.")
    page.get_by_label("Description").fill("It is sent now.")
    page.get_by_role("button", name="Submit ticket").click()
    page.wait_for_url(re.compile(r"/settings/ticket/\d+$"))
    wait_until_no_draft_is_left(page)


def test_offers_wait_while_another_text_is_typed_and_can_be_discarded(open_as):
    page = open_as("alice")
    for text in ("Oldest", "Older", "Old", "New"):
        tab = page.context.new_page()
        tab.goto(NEW)
        type_draft(tab, text)
        tab.close()
    page.goto(NEW)
    expect(offers(page).locator("p")).to_have_text(
        [f"You have an unsent draft: {text}" for text in ("New", "Old", "Older")]
    )
    type_draft(page, "Something else")
    expect(offers(page)).to_have_count(0)
    page.get_by_label("Subject").fill("")
    page.reload()
    offers(page).filter(has_text="Older").get_by_role("button", name="Discard").click()
    expect(offers(page)).to_have_count(2)
    page.reload()
    expect(offers(page)).to_have_count(3)
    assert drafts(page) == ["New", "Old", "Oldest"]


def test_drafts_of_other_tabs_are_not_offered_to_another_user(open_as):
    page = open_as("alice")
    page.goto(NEW)
    type_draft(page, "A secret")
    page.context.clear_cookies()
    page.request.post("/login", form={"username": "bob", "password": "demo"})
    other = page.context.new_page()
    for tab in (other, page):
        tab.goto(NEW)
        expect(tab.locator("#subject")).to_have_value("")
        expect(tab.locator(".st-draft")).to_have_count(0)


@both_faces
def test_two_tabs_keep_two_replies_and_sending_one_leaves_the_other(open_as, ticket, who, path):
    first = open_as(who)
    second = first.context.new_page()
    for page, text in ((first, "One reply"), (second, "Another reply")):
        page.goto(path.format(ticket))
        type_draft(page, text, "#text")
    first.locator(".st-send [type=submit]:visible").first.click()
    expect(first.locator(".st-thread")).to_contain_text("One reply")
    expect(first.locator("#text")).to_have_value("")
    assert drafts(first) == ["Another reply"]
    second.reload()
    expect(second.locator("#text")).to_have_value("Another reply")
