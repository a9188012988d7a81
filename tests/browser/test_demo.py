"""The demo as it starts: the whole life of a ticket by mouse, without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from example_app import create_app

from ..chromium import NEEDS_CHROMIUM
from .people import people
from .serving import serving

pytestmark = NEEDS_CHROMIUM
HOSTILE = "<img src=x onerror=window.pwned=1>\"'><script>window.pwned=1</script>{{7*7}}"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with serving(create_app(instance_path=tmp_path_factory.mktemp("instance"))) as address:
        yield address


@pytest.fixture
def open_as(browser, demo):
    with people(browser, demo) as open_as:
        yield lambda name, javascript=False, **options: open_as(
            name, javascript=javascript, expects=("status of 422",), **options
        )


def row_of(page, subject):
    return page.locator("tr[data-ticket-id]", has_text=subject)


def test_the_whole_life_of_a_ticket_without_javascript(open_as):
    alice, mona = open_as("alice"), open_as("mona")
    alice.goto("/settings")
    alice.get_by_role("link", name="Ticket").first.click()
    alice.get_by_role("link", name="New ticket").click()
    alice.get_by_role("button", name="Send ticket").click()
    expect(alice.get_by_role("heading", name="There is a problem")).to_be_visible()
    alice.get_by_label("Subject").fill("The lamp does not glow")
    alice.get_by_label("Description").fill("I pressed the button.\nNothing happened.")
    alice.get_by_role("button", name="Send ticket").click()
    expect(alice).to_have_url(re.compile(r"/settings/ticket/\d+$"))
    expect(alice.locator("main")).to_contain_text("have not started yet")

    mona.goto("/admin/")
    mona.get_by_role("link", name="Support Tickets").first.click()
    row = row_of(mona, "The lamp does not glow")
    expect(row.get_by_role("button")).to_have_count(1)
    row.get_by_role("button", name="Start Progress").click()
    row = row_of(mona, "The lamp does not glow")
    expect(row).to_contain_text("In progress")
    row.get_by_role("link", name="View").click()
    mona.get_by_label("Reply to the ticket").fill("Is it plugged in?")
    mona.get_by_role("button", name="Send reply").click()
    expect(mona.locator(".st-thread")).to_contain_text("Is it plugged in?")

    alice.reload()
    alice.get_by_role("link", name=re.compile("^Reply")).first.click()
    expect(alice.locator("main")).to_contain_text("Replying to Mona Field")
    alice.get_by_label("Your comment").fill("It is now. Thank you!")
    alice.get_by_role("button", name="Send comment").click()
    expect(alice.locator(".st-depth-1")).to_have_count(1)

    mona.reload()
    mona.get_by_role("button", name="Mark Resolved").first.click()
    expect(mona.locator(".st-fields").first).to_contain_text("Resolved")
    alice.reload()
    expect(alice.locator("main")).to_contain_text("is feedback")
    alice.get_by_label("Your feedback").fill("It glows.")
    alice.get_by_role("button", name="Send feedback").click()
    expect(alice.locator(".st-thread")).to_contain_text("It glows.")
    mona.reload()
    expect(mona.locator(".st-thread")).to_contain_text("Feedback since resolved")
    mona.get_by_role("button", name="Close").click()
    expect(mona.locator(".st-admin")).to_contain_text("This ticket is closed")
    alice.reload()
    expect(alice.locator("main")).to_contain_text("This ticket is closed")
    expect(alice.locator("textarea")).to_have_count(0)


def test_a_hostile_text_is_shown_and_never_run(open_as):
    alice = open_as("alice", javascript=True)
    alice.goto("/settings/ticket/new")
    alice.get_by_label("Subject").fill(HOSTILE)
    alice.get_by_label("Description").fill(HOSTILE)
    alice.get_by_role("button", name="Send ticket").click()
    expect(alice).to_have_url(re.compile(r"/settings/ticket/\d+$"))
    number = alice.url.rsplit("/", 1)[-1]
    mona = open_as("mona", javascript=True)
    for page, paths in (
        (alice, (f"/settings/ticket/{number}", "/settings/ticket")),
        (mona, (f"/admin/tickets/{number}", "/admin/tickets/", "/admin/tickets/?search=onerror")),
    ):
        for path in paths:
            page.goto(path)
            expect(page.locator("body")).to_contain_text(HOSTILE)
            assert page.evaluate("window.pwned") is None


def test_the_instant_filter_narrows_the_rows_shown(open_as):
    mona = open_as("mona", javascript=True)
    mona.goto("/admin/tickets/")
    rows = mona.locator("tr[data-ticket-id]:visible")
    before = rows.count()
    word = mona.locator(".st-subject a").nth(3).inner_text()
    mona.get_by_label("Filter the rows shown").fill(word.upper())
    assert 1 <= rows.count() < before
    mona.get_by_label("Filter the rows shown").fill("")
    assert rows.count() == before


def test_the_filter_is_hidden_without_javascript(open_as):
    mona = open_as("mona")
    mona.goto("/admin/tickets/")
    assert not mona.get_by_label("Filter the rows shown").is_visible()
