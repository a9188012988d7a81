"""The pages in other languages: the mirror image in Arabic, the long words of German."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from ..chromium import NEEDS_CHROMIUM
from .examining import TARGET, assert_no_sideways_scroll, assert_usable
from .states import STAFF_STATES, USER_STATES

pytestmark = NEEDS_CHROMIUM

#: Colours are the same in every language; widths and sides are not.
LOOKS = [("light", 1280), ("light", 320)]


def pages(states):
    """Return a test for each state that an address leads to: preparing speaks English."""
    return pytest.mark.parametrize(
        "state", [each for each in states if each.is_an_address], ids=lambda state: state.name
    )


@pages(USER_STATES)
def test_users_who_read_arabic(open_as, site, state):
    page = state.open(open_as, site, locale="ar")
    expect(page.locator(".st-root").first).to_have_attribute("dir", "rtl")
    assert_usable(page, target=TARGET, looks=LOOKS)


@pages(STAFF_STATES)
def test_staff_who_read_arabic(open_as, site, state):
    page = state.open(open_as, site, locale="ar")
    expect(page.locator(".st-root").first).to_have_attribute("dir", "rtl")
    assert_usable(page, within="main", looks=LOOKS)


@pytest.mark.parametrize(
    ("person", "states"), [("alice", USER_STATES), ("mona", STAFF_STATES)], ids=["users", "staff"]
)
def test_german_finds_room_on_a_small_phone(open_as, site, person, states):
    page = open_as(
        person, locale="de-DE", viewport={"width": 320, "height": 640}, expects=("status of 422",)
    )
    for state in states:
        if state.is_an_address and state.person == person:
            page.goto(state.path.format(**site.places))
            assert_no_sideways_scroll(page)
