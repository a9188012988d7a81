"""The preview of a text, in place and without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from flask_support_tickets import TicketStatus

from ..chromium import NEEDS_CHROMIUM

pytestmark = NEEDS_CHROMIUM

FACES = [("alice", "/settings/ticket/{id}"), ("mona", "/admin/tickets/{id}")]
FILE = {"name": "note.txt", "mimeType": "text/plain", "buffer": b"A note."}


@pytest.fixture
def ticket(site, request):
    return site.file(f"For {request.node.name}", TicketStatus.InProgress)


@pytest.mark.parametrize(("who", "path"), FACES)
def test_in_place_with_what_was_chosen(open_as, ticket, who, path):
    page = open_as(who)
    page.goto(path.format(id=ticket))
    button = page.get_by_role("button", name="Preview")
    button.click()
    expect(page.locator("#text")).to_be_focused()
    page.locator("#text").fill("Look at http://a.example/x.")
    page.locator("#attachments").set_input_files([FILE])
    button.click()
    preview = page.get_by_role("region", name="Preview")
    expect(preview).to_be_focused()
    expect(preview.get_by_role("link")).to_have_attribute("href", "http://a.example/x")
    expect(page.locator(".st-chosen li")).to_have_count(1)
    page.locator("#text").fill("Another text.")
    expect(page.locator("[data-st-preview]")).to_be_hidden()
    assert page.url.endswith(path.format(id=ticket))


def test_a_failure_is_told(open_as, ticket):
    page = open_as("alice", expects=("Failed to load", "net::ERR"))
    page.goto(f"/settings/ticket/{ticket}")
    page.locator("#text").fill("Some text")
    page.route("**/comments", lambda route: route.abort())
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("[data-st-preview]")).to_contain_text("There is no preview now.")


@pytest.mark.parametrize(("who", "path"), FACES)
def test_without_javascript(open_as, ticket, who, path):
    page = open_as(who, javascript=False)
    page.goto(path.format(id=ticket))
    page.locator("#text").fill("Look at http://a.example/x.")
    page.get_by_role("button", name="Preview").click()
    preview = page.get_by_role("region", name="Preview")
    expect(preview.get_by_role("link")).to_have_attribute("href", "http://a.example/x")
    expect(preview).to_be_in_viewport()
    expect(page.locator("#text")).to_have_value("Look at http://a.example/x.")
