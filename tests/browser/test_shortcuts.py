"""The keys of the queue and of a ticket: they move, they are told of, and they can be off."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from ..chromium import NEEDS_CHROMIUM

pytestmark = NEEDS_CHROMIUM

QUEUE = "/admin/tickets/"


@pytest.fixture
def mona(open_as):
    page = open_as("mona")
    page.goto(QUEUE)
    return page


def row_in_use(page):
    return page.evaluate("document.activeElement.closest('tr')?.dataset.ticketId ?? null")


def rows(page):
    return page.locator("tr[data-ticket-id]").evaluate_all(
        "all => all.map(each => each.dataset.ticketId)"
    )


def test_j_and_k_go_through_the_rows_and_enter_opens_one(mona):
    first, second, third = rows(mona)[:3]
    for key, expected in (("j", first), ("j", second), ("j", third), ("k", second)):
        mona.keyboard.press(key)
        assert row_in_use(mona) == expected
        outline = "getComputedStyle(document.activeElement).outlineWidth"
        assert mona.evaluate(outline) != "0px"
    mona.keyboard.press("x")
    expect(mona.get_by_label(f"Select ticket #{second}")).to_be_checked()
    mona.keyboard.press("Enter")
    expect(mona).to_have_url(re.compile(rf"{QUEUE}{second}\b"))


def test_the_keys_of_a_ticket_walk_and_write(mona, site):
    first, second = rows(mona)[:2]
    mona.goto(f"{QUEUE}{first}")
    for key, target in (("j", second), ("k", first), ("u", "")):
        mona.keyboard.press(key)
        mona.wait_for_url(re.compile(rf"{QUEUE}{target}([?#].*)?$"))  # and for its scripts
    mona.goto(f"{QUEUE}{{InProgress}}".format(**site.places))
    mona.keyboard.press("r")
    expect(mona.get_by_label("Reply to the ticket")).to_be_focused()
    mona.keyboard.type("jku")
    expect(mona.get_by_label("Reply to the ticket")).to_have_value("jku")


def test_a_slash_searches_and_keys_are_letters_while_typing(mona):
    mona.keyboard.press("/")
    search = mona.get_by_label("Search all tickets")
    expect(search).to_be_focused()
    mona.keyboard.type("jk?/x")
    expect(search).to_have_value("jk?/x")
    expect(mona.get_by_role("dialog")).to_have_count(0)
    assert row_in_use(mona) is None


def test_with_control_a_key_is_the_browsers(mona):
    mona.keyboard.press("Control+j")
    assert row_in_use(mona) is None


@pytest.mark.parametrize("path", [QUEUE, QUEUE + "{New}"], ids=["queue", "ticket"])
def test_the_switch_turns_them_off_for_good(mona, site, path):
    mona.goto(path.format(**site.places))
    dialog = mona.get_by_role("dialog", name="Keyboard shortcuts")
    mona.keyboard.press("?")
    expect(dialog).to_be_visible()
    mona.get_by_label("Use these keys").uncheck()
    mona.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    mona.reload()
    mona.keyboard.press("?")
    mona.keyboard.press("j")
    expect(dialog).to_be_hidden()
    assert row_in_use(mona) is None
    expect(mona).to_have_url(re.compile(re.escape(path.format(**site.places)) + "$"))
    mona.get_by_role("button", name="Keyboard shortcuts").click()
    mona.get_by_label("Use these keys").check()
    mona.get_by_role("button", name="Close this list").click()
    mona.keyboard.press("?")
    expect(dialog).to_be_visible()
