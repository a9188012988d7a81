"""Two staff members on one ticket see each other. Rule M4."""

import pytest
from playwright.sync_api import expect

from ..chromium import NEEDS_CHROMIUM
from .examining import assert_readable, assert_usable

pytestmark = NEEDS_CHROMIUM

PAGE = "/admin/tickets/{}"
PLACES = """() => [...document.querySelectorAll("main *:not(.st-corner, .st-corner *)")]
    .map((each) => Object.values(each.getBoundingClientRect().toJSON()).join())"""


def who_is_there(page):
    return page.locator("[data-st-presence]")


def test_staff_see_each_other_view_and_reply_and_nothing_moves(open_as, ticket):
    mona, adam = open_as("mona"), open_as("adam")
    mona.clock.install()
    mona.goto(PAGE.format(ticket))
    expect(who_is_there(mona)).to_be_empty()
    adam.goto(PAGE.format(ticket))
    expect(who_is_there(adam)).to_have_text("Mona Field is viewing")
    before = mona.evaluate(PLACES)
    mona.clock.run_for(31_000)
    expect(who_is_there(mona)).to_have_text("Adam North is viewing")
    assert mona.evaluate(PLACES) == before
    text = adam.get_by_label("Your reply")
    with adam.expect_response(lambda answer: "replying=yes" in answer.url):
        text.press_sequentially("Hi")
    mona.clock.run_for(31_000)
    expect(who_is_there(mona)).to_have_text("Adam North is replying")
    with adam.expect_response(lambda answer: "/news?" in answer.url):
        text.fill("")
    mona.clock.run_for(46_000)
    expect(who_is_there(mona)).to_have_text("Adam North is viewing")


def test_restored_draft_counts_as_replying(open_as, ticket):
    mona, adam = open_as("mona"), open_as("adam")
    mona.goto(PAGE.format(ticket))
    mona.get_by_label("Your reply").fill("Half a sentence")
    mona.wait_for_timeout(500)
    with mona.expect_response(lambda answer: "replying=yes" in answer.url):
        mona.reload()
    adam.goto(PAGE.format(ticket))
    expect(who_is_there(adam)).to_have_text("Mona Field is replying")


def test_page_without_scripts_counts_and_shows_who_is_there(open_as, ticket):
    mona, adam = open_as("mona", javascript=False), open_as("adam")
    mona.goto(PAGE.format(ticket))
    adam.goto(PAGE.format(ticket))
    expect(who_is_there(adam)).to_have_text("Mona Field is viewing")
    mona.reload()
    expect(who_is_there(mona)).to_have_text("Adam North is viewing")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_presence_is_readable_in_every_layout(open_as, ticket, scheme, width, language):
    open_as("mona").goto(PAGE.format(ticket))
    size = {"width": width, "height": 800}
    page = open_as("adam", color_scheme=scheme, viewport=size, locale=language)
    page.goto(PAGE.format(ticket))
    expect(who_is_there(page)).to_contain_text("Mona Field")
    assert_readable(page)
    assert_usable(page)
