"""Saved replies are found by typing and inserted at the cursor. Rule M3."""

import re

import pytest
from playwright.sync_api import expect

from example_app.seed_saved_replies import seed_saved_replies
from flask_support_tickets import unit_of_work
from flask_support_tickets.services import delete_saved_reply, list_saved_replies

from ..chromium import NEEDS_CHROMIUM
from .examining import assert_controls_have_edges, assert_readable, assert_usable
from .hands import file_input, payload
from .scene import actor_of

pytestmark = NEEDS_CHROMIUM


def delete_all():
    mona = actor_of("mona")
    for reply in list_saved_replies(actor=mona):
        unit_of_work(delete_saved_reply, actor=mona, reply_id=reply.id)


@pytest.fixture
def path(site, ticket):
    """Return the path of the ticket's page, with the demo's saved replies."""
    with site.app.app_context():
        seed_saved_replies()
    yield f"/admin/tickets/{ticket}"
    with site.app.app_context():
        delete_all()


def picker(page):
    return page.get_by_role("combobox", name="Insert a saved reply")


def options(page):
    return (
        page.get_by_role("listbox", name="Insert a saved reply")
        .get_by_role("option")
        .all_inner_texts()
    )


def test_keys_find_text_and_insert_it_at_the_cursor(open_as, path, ticket):
    page = open_as("mona")
    page.goto(path)
    page.keyboard.press("n")
    page.keyboard.type("Hello\n\nBye")
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    expect(picker(page)).to_be_focused()
    page.keyboard.type("PÁSS ré")
    assert options(page) == ["Reset your password"]
    page.keyboard.type("xyz")
    expect(page.get_by_text("No saved replies match your search.")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(picker(page)).to_have_value("")
    page.keyboard.press("ArrowDown")
    assert options(page) == [
        "Ask for details", "Clear the cache", "Known problem", "Reset your password"
    ]  # fmt: skip
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("[role=option][aria-selected=true]")).to_have_text("Known problem")
    page.keyboard.press("Enter")
    text = page.locator("#text")
    expect(text).to_be_focused()
    expect(text).to_have_value(
        re.compile(rf"^Hello\nHello Alice Rivers,\n.* in #{ticket} .*\n\nMona Field\nBye$", re.S)
    )
    expect(picker(page)).to_have_value("")
    expect(page.get_by_role("radio", name="Internal note")).to_be_checked()
    page.keyboard.press("Control+z")
    expect(text).to_have_value("Hello\n\nBye")
    assert page.url.endswith(path)


def test_mouse_inserts_and_failures_keep_text_and_files(open_as, site, path):
    page = open_as("mona", expects=("status of 422", "Failed to load", "net::ERR"))
    page.goto(path)
    page.locator("#text").fill("Typed")
    file_input(page).set_input_files(payload("note.txt"))
    page.route(re.compile("comments"), lambda route: route.abort())
    picker(page).click()
    page.get_by_role("option", name="Clear the cache").click()
    expect(page.locator("[data-st-failure]")).to_contain_text("We couldn't reach the server.")
    page.unroute(re.compile("comments"))
    page.get_by_role("button", name="Try again").click()
    inserted = re.compile(r"^Typed\n\nHello Alice Rivers,\n.*Mona Field$", re.S)
    expect(page.locator("#text")).to_have_value(inserted)
    with site.app.app_context():
        delete_all()
    picker(page).click()
    page.get_by_role("option", name="Clear the cache").click()
    expect(page.locator(".st-errors")).to_contain_text("Choose a saved reply.")
    expect(page.locator("#text")).to_have_value(inserted)
    expect(page.locator(".st-chosen li")).to_have_count(1)
    expect(picker(page)).to_have_count(0)


def test_select_and_button_work_without_javascript(open_as, path):
    page = open_as("mona", javascript=False)
    page.goto(path)
    page.get_by_role("radio", name="Internal note").check()
    page.locator("#text").fill("Typed")
    page.get_by_label("Insert a saved reply").select_option("Clear the cache")
    page.get_by_role("button", name="Insert", exact=True).click()
    inserted = re.compile(r"^Typed\n\nHello Alice Rivers,\n.*Mona Field$", re.S)
    expect(page.locator("#text")).to_have_value(inserted)
    expect(page.get_by_role("radio", name="Internal note")).to_be_checked()
    expect(page.get_by_label("Insert a saved reply")).to_have_value("")
    page.get_by_role("button", name="Save note for staff").click()
    expect(page.locator(".st-note")).to_contain_text("clear your browser's cache")


@pytest.mark.parametrize("width", [1280, 390])
def test_picker_and_pages_are_usable_and_readable(open_as, site, path, width):
    expects = ("fonts.googleapis.com",)  # of a theme
    page = open_as("mona", viewport={"width": width, "height": 844}, expects=expects)
    theme = site.app.extensions["admin"][0].theme
    before = theme.swatch
    for theme.swatch in (before, "darkly"):
        for address in (path, "/admin/ticket-saved-replies/", "/admin/ticket-saved-replies/new"):
            page.goto(address)
            if address == path:
                picker(page).click()
                expect(page.get_by_role("listbox")).to_be_visible()
            if theme.swatch == before:
                assert_usable(page)
            assert_readable(page)
            assert_controls_have_edges(page)
    theme.swatch = before
