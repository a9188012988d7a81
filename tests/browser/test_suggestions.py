"""Suggestions below the queue's search box. Rule S4."""

import pytest
from playwright.sync_api import expect

from ..chromium import NEEDS_CHROMIUM
from .examining import assert_readable, assert_usable

pytestmark = NEEDS_CHROMIUM

QUEUE = "/admin/tickets/"


def box(page):
    return page.get_by_label("Search all tickets")


def options(page):
    return page.locator("[data-st-suggestions] [role=option]")


def type_into(page, text):
    page.goto(QUEUE)
    box(page).press_sequentially(text)
    expect(options(page).first).to_be_visible()


def test_keyboard_chooses_a_suggestion_and_escape_closes_the_list(open_as, site):
    ticket = site.open("Zebra crossing")
    page = open_as("mona")
    type_into(page, "zebra")
    expect(box(page)).to_have_attribute("aria-expanded", "true")
    expect(options(page)).to_have_count(1)
    expect(options(page).first).to_contain_text(f"#{ticket} Zebra crossing")
    box(page).press("ArrowDown")
    chosen = page.locator("[role=option][aria-selected=true]")
    expect(chosen).to_contain_text("Zebra crossing")
    assert box(page).get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    box(page).press("ArrowDown")  # past the last one, nothing is chosen
    expect(chosen).to_have_count(0)
    box(page).press("ArrowUp")
    expect(chosen).to_have_count(1)
    box(page).press("Escape")
    expect(options(page)).to_have_count(0)
    expect(box(page)).to_have_attribute("aria-expanded", "false")
    expect(box(page)).to_have_value("zebra")
    box(page).press("Space")
    box(page).press_sequentially("cross")
    expect(options(page)).to_have_count(1)
    box(page).press("ArrowDown")
    box(page).press("Enter")
    page.wait_for_url(f"**/admin/tickets/{ticket}")


def test_enter_without_a_choice_searches_and_rows_are_filtered_as_before(open_as, site):
    site.open("Giraffe")
    page = open_as("mona")
    type_into(page, "giraffe")
    expect(page.locator("[data-st-search-status]")).to_contain_text("on this page")
    box(page).press("Enter")
    page.wait_for_url("**?search=giraffe")
    expect(page.locator("[data-st-table] tbody tr")).to_have_count(1)
    expect(options(page)).to_have_count(0)


def test_person_leads_to_their_tickets_and_another_text_drops_late_answers(open_as):
    page = open_as("mona")
    page.goto(QUEUE)
    searches = []
    page.on("request", lambda each: "/suggestions?" in each.url and searches.append(each.url))
    box(page).press_sequentially("alice", delay=20)
    person = page.get_by_role("group", name="Requester").get_by_role("option")
    expect(person).to_have_text("Alice Rivers")
    assert len(searches) < 5  # waits for a pause
    person.click()
    page.wait_for_url("**?userId=*")
    names = page.locator("[data-st-table] tbody .st-col-user")
    expect(names.first).to_contain_text("Alice Rivers")
    box(page).fill("alice")
    box(page).fill("qqqq")
    page.wait_for_load_state("networkidle")
    expect(options(page)).to_have_count(0)


def test_box_works_without_scripts(open_as):
    page = open_as("mona", javascript=False)
    page.goto(QUEUE)
    box(page).fill("page")
    box(page).press("Enter")
    page.wait_for_url("**?search=page")
    expect(page.locator("[data-st-suggestions]")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_list_is_usable_in_every_layout(open_as, scheme, width, language):
    size = {"width": width, "height": 800}
    page = open_as("adam", color_scheme=scheme, viewport=size, locale=language)
    page.goto(QUEUE)
    page.locator("[data-st-search]").press_sequentially("al")
    expect(options(page).first).to_be_visible()
    page.locator("[data-st-search]").press("ArrowDown")
    assert_readable(page)
    assert_usable(page, within=".st-search-box")
