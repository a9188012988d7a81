"""Answering a New ticket by keyboard, and the picture on the requester's card."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from ..chromium import NEEDS_CHROMIUM

pytestmark = NEEDS_CHROMIUM

KEYS_MAX = 8


def test_new_ticket_is_answered_and_resolved_by_keyboard_in_one_page_load(open_as, site):
    """Rule W8."""
    page, loads = open_as("mona"), []
    page.goto(f"/admin/tickets/{site.open('Quickly answered')}")
    page.on("load", lambda: loads.append(page.url))
    page.keyboard.press("r")
    page.keyboard.insert_text("It works again.")
    button = page.get_by_role("button", name="Reply and mark resolved")
    keys = 2  # r and Enter
    while not button.evaluate("button => button === document.activeElement"):
        page.keyboard.press("Tab")
        keys += 1
        assert keys <= KEYS_MAX
    page.keyboard.press("Enter")
    expect(page.locator(".st-head .st-badge")).to_have_text("Resolved")
    expect(page.locator(".st-timeline")).to_contain_text("It works again.")
    page.wait_for_load_state()
    assert len(loads) == 1


def test_initials_are_shown_if_the_picture_cannot_be_loaded(open_as, site):
    page = open_as("mona", expects=("Failed to load", "net::ERR"))
    avatar = page.locator(".st-avatar")
    page.goto(path := f"/admin/tickets/{site.open('Who is it?')}")
    assert avatar.locator("img").evaluate("img => img.decode().then(() => img.complete)")
    page.route(re.compile("picture.svg"), lambda route: route.abort())
    page.goto(path)
    expect(avatar.locator("img")).to_have_count(0)
    expect(avatar).to_have_text("AR")
