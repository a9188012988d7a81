"""The queue with its script: keyboard shortcuts, selecting, and the instant filter."""

import itertools
import re

import pytest
from playwright.sync_api import expect

from flask_support_tickets import TicketStatus

from ..chromium import NEEDS_CHROMIUM
from .scene import STARTED

pytestmark = NEEDS_CHROMIUM

QUEUE = "/admin/tickets/"
_words = map("Kettle{}".format, itertools.count())


@pytest.fixture
def queue(open_as, site):
    """Mona's page of three new tickets that match a search."""
    word = next(_words)
    for color in ("red", "green", "blue"):
        site.open(f"{word}, {color}")
    page = open_as("mona")
    page.goto(f"{QUEUE}?search={word}")
    return page


def ids_of(page):
    rows = page.locator("tr[data-ticket-id]")
    return rows.evaluate_all("all => all.map(each => each.dataset.ticketId)")


def assert_in_row(page, ticket_id):
    """Assert that the focus is in this row of the queue; None is none of them."""
    row = page.evaluate("document.activeElement.closest('tr')?.dataset.ticketId ?? null")
    assert row == ticket_id


def test_keys_walk_the_rows_select_search_and_open(queue):
    first, second, third = ids_of(queue)
    queue.keyboard.press("Control+j")
    queue.keyboard.press("Alt+k")
    assert_in_row(queue, None)
    for key, row in (("j", first), ("j", second), ("x", second), ("k", first), ("k", first)):
        queue.keyboard.press(key)
        assert_in_row(queue, row)
        assert queue.evaluate("getComputedStyle(document.activeElement).outlineWidth") != "0px"
    expect(queue.get_by_label(f"Select ticket #{second}")).to_be_checked()
    expect(queue.locator("[data-st-selected]")).to_have_text("1 selected")
    queue.keyboard.press("/")
    search = queue.get_by_label("Search all tickets")
    expect(search).to_be_focused()
    queue.keyboard.type("jxk?/")
    expect(search).to_have_value("jxk?/")
    expect(queue.get_by_role("dialog")).to_have_count(0)
    search.fill("")  # the text in it filters the rows
    queue.evaluate("document.activeElement.blur()")
    for key in ("j", "j", "Enter"):
        queue.keyboard.press(key)
    queue.wait_for_url(f"**{QUEUE}{second}?**")
    queue.keyboard.press("u")
    queue.wait_for_url(f"**#ticket-{second}")
    queue.keyboard.press("j")
    assert_in_row(queue, third)


def test_keys_of_a_ticket_lead_through_the_queue_and_to_the_reply(open_as, site):
    first, second = (site.open(f"Queued {n}", STARTED, department="Account") for n in "ab")
    page = open_as("mona")
    page.goto(f"{QUEUE}{second}?department=Account&status=InProgress")
    for key, ticket_id in (("j", first), ("k", second)):
        page.keyboard.press(key)
        page.wait_for_url(f"**{QUEUE}{ticket_id}?**")
    page.keyboard.press("r")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("just u and j?")
    expect(page.locator("#text")).to_have_value("just u and j?")
    page.locator("#text").fill("")
    page.locator("h1").click()
    page.keyboard.press("u")
    page.wait_for_url(f"**{QUEUE}?**")
    assert "department=Account" in page.url


@pytest.mark.parametrize("path", [QUEUE, QUEUE + "{New}"], ids=["queue", "ticket"])
def test_keys_can_be_switched_off_for_good(open_as, site, path):
    page = open_as("mona")
    path = path.format(**site.places)
    page.goto(path)
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    page.keyboard.press("?")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Use keyboard shortcuts").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.reload()
    page.keyboard.press("?")
    page.keyboard.press("j")
    expect(dialog).to_be_hidden()
    assert_in_row(page, None)
    expect(page).to_have_url(re.compile(re.escape(path) + "$"))
    if path == QUEUE:
        page.locator("summary[aria-label=More]").click()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    dialog.get_by_label("Use keyboard shortcuts").check()
    dialog.get_by_role("button", name="Hide shortcuts").click()
    page.keyboard.press("?")
    expect(dialog).to_be_visible()


def test_only_visible_rows_are_selected_and_updated(queue):
    every, search = queue.get_by_label("Select all on this page"), queue.locator("#st-search")
    expect(every).to_be_hidden()
    queue.get_by_label("Select ticket #").first.check()
    every.check()
    selected = queue.locator("[data-st-selected]")
    expect(selected).to_have_text("3 selected")
    search.fill("GREEN")
    status = queue.locator("[data-st-search-status]")
    expect(status).to_have_text("1 of 3 on this page. Press Enter to search all tickets.")
    expect(queue.locator("tr[data-ticket-id]:visible")).to_have_count(1)
    expect(selected).to_have_text("1 selected")
    search.fill("")
    expect(status).to_be_empty()
    expect(queue.locator("tr[data-ticket-id]:visible")).to_have_count(3)
    assert every.evaluate("box => box.indeterminate")
    queue.get_by_label("Action for selected tickets").select_option("Start Progress")
    queue.get_by_role("button", name="Apply to selected").click()
    expect(queue.locator(".st-results")).to_contain_text("1 of 1 ticket updated")


def test_ticket_stays_open_if_the_question_is_dismissed(queue, site):
    """Rule W7."""
    ticket_id = site.open("Kettle", TicketStatus.Resolved)
    queue.goto("/admin/tickets/?status=Resolved")
    queue.on("dialog", lambda dialog: dialog.dismiss())
    row = queue.locator(f"tr[data-ticket-id='{ticket_id}']")
    row.get_by_role("button", name=re.compile("^Close")).click()
    expect(row).to_be_visible()
    assert site.statuses("Kettle") == [TicketStatus.Resolved]
