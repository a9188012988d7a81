"""The queue with its script: keys, selecting, the instant filter. And a bulk step without it."""

from __future__ import annotations

import itertools

import pytest
from playwright.sync_api import expect

from flask_support_tickets import TicketStatus

from ..chromium import NEEDS_CHROMIUM

pytestmark = NEEDS_CHROMIUM


_words = map("Kettle{}".format, itertools.count())


@pytest.fixture
def queue(open_as, site):
    """Mona's page of three new tickets, which nobody else knows."""
    word = next(_words)
    for colour in ("red", "green", "blue"):
        site.file(f"{word}, {colour}")
    page = open_as("mona")
    page.goto(f"/admin/tickets/?search={word}")
    return page


def focused(page):
    return page.evaluate("document.activeElement.closest('tr')?.dataset.ticketId ?? null")


def ids_of(page):
    rows = page.locator("tr[data-ticket-id]")
    return [row.get_attribute("data-ticket-id") for row in rows.all()]


class TestKeys:
    def test_walk_select_open_and_search(self, queue):
        first, second, *_ = ids_of(queue)
        queue.keyboard.press("j")
        assert focused(queue) == first
        queue.keyboard.press("j")
        assert focused(queue) == second
        queue.keyboard.press("x")
        expect(queue.locator("[data-st-selected]")).to_have_text("1 selected")
        queue.keyboard.press("k")
        queue.keyboard.press("k")
        assert focused(queue) == first
        queue.keyboard.press("/")
        expect(queue.get_by_label("Search all tickets")).to_be_focused()
        queue.keyboard.type("jxk?")
        expect(queue.get_by_label("Search all tickets")).to_have_value("jxk?")
        queue.evaluate("document.activeElement.blur()")
        queue.keyboard.press("j")
        queue.keyboard.press("Enter")
        queue.wait_for_url(f"**/admin/tickets/{first}?**")

    def test_go_on_from_the_row_that_was_opened(self, queue):
        _, second, third = ids_of(queue)
        queue.keyboard.press("j")
        queue.keyboard.press("j")
        queue.keyboard.press("Enter")
        queue.wait_for_url(f"**/admin/tickets/{second}?**")
        queue.keyboard.press("u")
        queue.wait_for_url(f"**#ticket-{second}")
        queue.keyboard.press("j")
        assert focused(queue) == third

    def test_are_listed_and_can_be_switched_off(self, queue):
        queue.keyboard.press("?")
        dialog = queue.get_by_role("dialog", name="Keyboard shortcuts")
        expect(dialog).to_contain_text("Next row")
        dialog.get_by_label("Use these keys").uncheck()
        queue.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        queue.keyboard.press("j")
        assert focused(queue) is None
        queue.reload()
        queue.keyboard.press("j")
        assert focused(queue) is None
        queue.get_by_role("button", name="Keyboard shortcuts").click()
        dialog.get_by_label("Use these keys").check()
        dialog.get_by_role("button", name="Close this list").click()
        queue.keyboard.press("j")
        assert focused(queue) is not None

    def test_leave_other_keys_alone(self, queue):
        queue.keyboard.press("Control+j")
        queue.keyboard.press("Alt+k")
        assert focused(queue) is None


class TestSelecting:
    def test_all_of_the_page_and_what_is_seen_alone(self, queue):
        every = queue.get_by_label("Select all on this page")
        every.check()
        expect(queue.locator("[data-st-selected]")).to_have_text("3 selected")
        queue.get_by_label("Filter the rows shown").fill("GREEN")
        expect(queue.locator("tr[data-ticket-id]:visible")).to_have_count(1)
        expect(queue.locator("[data-st-selected]")).to_have_text("1 selected")
        queue.get_by_label("Filter the rows shown").fill("")
        expect(queue.locator("tr[data-ticket-id]:visible")).to_have_count(3)
        assert every.evaluate("box => box.indeterminate")
        queue.get_by_label("With the selected tickets").select_option("Start Progress")
        queue.get_by_role("button", name="Apply to selected").click()
        expect(queue.locator(".st-results")).to_contain_text("1 of 1 ticket done")
        expect(queue.locator(".st-results")).to_contain_text("is In progress.")


def test_several_are_moved_without_javascript(open_as, site):
    ids = [site.file(f"Saucepan {number}") for number in (1, 2)]
    mona = open_as("mona", javascript=False)
    mona.goto("/admin/tickets/?search=saucepan")
    expect(mona.get_by_label("Filter the rows shown")).to_be_hidden()
    expect(mona.get_by_label("Select all on this page")).to_be_hidden()
    for ticket_id in ids:
        mona.get_by_label(f"Select ticket #{ticket_id}").check()
    mona.get_by_label("With the selected tickets").select_option("Start Progress")
    mona.get_by_role("button", name="Apply to selected").click()
    expect(mona.locator(".st-results")).to_contain_text("2 of 2 tickets done")
    assert [site.status(ticket_id) for ticket_id in ids] == [TicketStatus.InProgress] * 2
