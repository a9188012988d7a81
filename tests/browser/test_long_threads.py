"""A long thread opens where its reader stopped. Rules R1, R4."""

import re

import pytest
from playwright.sync_api import expect

from ..chromium import NEEDS_CHROMIUM
from .hands import both_faces
from .scene import STARTED

pytestmark = NEEDS_CHROMIUM

SIZES = {"desktop": {"width": 1366, "height": 768}, "phone": {"width": 390, "height": 844}}


def open_from_list(page, who, subject):
    page.goto("/settings/ticket" if who == "alice" else "/admin/tickets/?order=newest")
    page.get_by_role("link", name=subject).first.click()


def expect_place(page, place, number):
    """Expect the address to end with ``place``, and a comment to be on screen."""
    expect(page).to_have_url(re.compile(rf"{re.escape(place)}$"))
    expect(page.locator(".st-comment", has_text=f"Number {number} of")).to_be_in_viewport()


@both_faces
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_list_leads_to_first_unread_comment(open_as, site, who, path, size, javascript):
    subject = f"A long story for {who}, {size}, {javascript}"
    ticket = site.open(subject, STARTED)
    for number in range(1, 61):
        site.comment(ticket, "mona" if who == "alice" else "alice", f"Number {number} of many.")
    site.mark_read(ticket, who, 20)
    page = open_as(who, javascript=javascript, viewport=SIZES[size])
    open_from_list(page, who, subject)
    expect_place(page, "page=1#first-unread", 21)
    mark = page.get_by_role("button", name="Mark as read")
    if javascript:
        for comment in page.locator(".st-comment").all():  # until all of them were on screen
            comment.scroll_into_view_if_needed()
        expect(mark).to_have_count(0)
        page.get_by_role("link", name="Go to the first new reply").click()
    else:
        mark.click()
    expect_place(page, "page=2#first-unread", 51)
    site.mark_read(ticket, who, 60)
    open_from_list(page, who, subject)
    expect_place(page, "page=2#newest", 60)
