"""An open queue refreshes its rows and announces new tickets without moving anything."""

import re

import pytest
from playwright.sync_api import expect

from flask_support_tickets import Action

from ..chromium import NEEDS_CHROMIUM
from .scene import STARTED

pytestmark = NEEDS_CHROMIUM

QUEUE = "/admin/tickets/"
ROWS = "tr[data-ticket-id]"
#: When this resolves, the page has handled the responses to its earlier requests.
ROUND_TRIP = "fetch(location.href, { method: 'HEAD' }).then(() => 1)"


@pytest.fixture
def word(request):
    return f"Ladder{abs(hash(request.node.name))}"


@pytest.fixture
def tickets(site, word):
    """Three tickets in progress that match a search, newest first."""
    return [site.open(f"{word} {n}", STARTED) for n in range(3)][::-1]


@pytest.fixture
def queue(open_as, tickets, word):
    """Mona's page of the tickets, in a window whose clock the test moves."""
    page = open_as("mona", expects=("status of 401",), viewport={"width": 1100, "height": 300})
    page.clock.install()
    page.goto(f"{QUEUE}?search={word}")
    return page


def poll(page, seconds=31):
    """Run the page's clock; return the statuses of the responses to its polls."""
    requests = []
    page.on("request", lambda request: requests.append(request))
    page.clock.run_for(seconds * 1000)
    page.evaluate(ROUND_TRIP)
    polls = [each for each in requests if each.headers.get("x-requested-with")]
    return [each.response().status for each in polls]


def test_polling_is_conditional_and_ends_with_the_session(queue, site, tickets):
    assert poll(queue) == [304]
    site.move(tickets[0], Action.MarkAsResolved)
    assert 200 in poll(queue, 62)
    queue.context.clear_cookies()
    poll(queue, 301)
    assert poll(queue, 3600) == []


def test_rows_are_renewed_in_place(queue, site, tickets):
    first, second, third = (queue.locator(f"#ticket-{each}") for each in tickets)
    second.get_by_role("checkbox").check()
    first.locator("[data-st-open]").focus()
    third.locator("summary").click()
    first.locator("[data-st-open]").focus()
    queue.evaluate("scrollTo(0, 30)")
    for ticket_id in tickets:
        site.move(ticket_id, Action.MarkAsResolved)
    poll(queue)
    expect(second.locator(".st-col-status .st-badge")).to_have_text("Resolved")
    expect(second.get_by_role("button", name=re.compile("^Close"))).to_be_visible()
    expect(second.get_by_role("checkbox")).to_be_checked()
    expect(second).to_have_class(re.compile("st-is-selected"))
    for in_use in (first, third):
        expect(in_use.locator(".st-col-status .st-badge")).to_have_text("In progress")
    expect(first.locator("[data-st-open]")).to_be_focused()
    assert queue.evaluate("scrollY") == 30
    expect(queue.locator("[data-st-updates]")).to_be_empty()
    queue.locator("#st-search").focus()
    queue.clock.run_for(100)
    expect(first.locator(".st-col-status .st-badge")).to_have_text("Resolved")


def test_new_tickets_are_announced_and_shown_on_demand(queue, site, tickets, word):
    title = queue.title()
    queue.locator(f"#ticket-{tickets[1]}").get_by_role("checkbox").check()
    new = site.open(f"{word} new")
    poll(queue)
    bar = queue.locator("[data-st-updates]")
    expect(bar).to_contain_text("New or moved tickets: 1")
    assert queue.title() == f"(1) {title}"
    expect(queue.locator(ROWS)).to_have_count(3)
    expect(queue.locator(".st-found-count")).to_have_text("4 tickets found")
    bar.get_by_role("button", name="Show").click()
    expect(queue.locator(ROWS)).to_have_count(4)
    expect(queue.locator(f"#ticket-{new} [data-st-open]")).to_be_focused()
    expect(queue.locator(f"#ticket-{tickets[1]}").get_by_role("checkbox")).to_be_checked()
    expect(bar).to_be_empty()
    assert queue.title() == title


def test_tabs_follow_and_what_is_typed_still_filters(open_as, site, word):
    site.open(f"{word} one")
    page = open_as("mona")
    page.clock.install()
    page.goto(f"{QUEUE}?status=New")
    page.locator("#st-search").fill(word)
    expect(page.locator(f"{ROWS}:visible")).to_have_count(1)
    count = page.locator(".st-tabs [aria-current] .st-count")
    before = int(count.inner_text())
    site.open(f"{word} two")
    poll(page)
    expect(count).to_have_text(str(before + 1))
    expect(page.locator(f"{ROWS}:visible")).to_have_count(1)
    page.locator("[data-st-updates]").get_by_role("button").click()
    expect(page.locator(f"{ROWS}:visible")).to_have_count(2)
