"""The session expires while a ticket is open. Rule W9."""

import re

import pytest
from playwright.sync_api import expect

from flask_support_tickets import TicketStatus

from ..chromium import NEEDS_CHROMIUM
from .hands import both_faces

pytestmark = NEEDS_CHROMIUM


def sign_in(page, name):
    expect(page).to_have_url(re.compile(r"/login\?next="))
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill("demo")
    page.get_by_role("button", name="Sign in").click()


@both_faces
def test_reply_sent_by_the_browser_is_restored_after_signing_in(open_as, ticket, who, path):
    """With submit.js, the page stays; see `test_failures`."""
    page = open_as(who, expects=("status of 401", "net::ERR_FAILED"))
    page.route("**/submit.js", lambda route: route.abort())
    page.goto(path.format(ticket))
    page.locator("#text").fill("A long text.")
    page.context.clear_cookies()
    page.get_by_role("button", name="Send reply").click()
    sign_in(page, who)
    expect(page.locator(".st-errors")).to_contain_text("Your reply wasn't sent")
    expect(page.locator("#text")).to_have_value("A long text.")
    page.get_by_role("button", name="Send reply").click()
    expect(page.locator(".st-comment")).to_contain_text(["A long text."])


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize(
    ("who", "path", "status", "button", "question"),
    [
        ("alice", "/settings/ticket/{}", 2, "Reopen ticket", "Reopen #{}?"),
        ("mona", "/admin/tickets/{}", 1, "Mark Resolved #{}", "Mark #{} resolved?"),
    ],
)
def test_button_is_asked_about_after_signing_in(
    open_as, site, javascript, who, path, status, button, question
):
    ticket = site.open(f"{who} {javascript}", TicketStatus(status))
    page = open_as(who, javascript=javascript, expects=("status of 401",))
    page.goto(path.format(ticket))
    page.context.clear_cookies()
    page.get_by_role("button", name=button.format(ticket)).click()
    sign_in(page, who)
    expect(page.get_by_role("heading", name=question.format(ticket))).to_be_visible()
    assert site.statuses(f"{who} {javascript}") == [TicketStatus(status)]
    page.get_by_role("button", name=button.partition(" #")[0], exact=True).click()
    expect(page).to_have_url(re.compile(rf"{path.format(ticket)}$"))
    assert site.statuses(f"{who} {javascript}") == [TicketStatus(3 - status)]
