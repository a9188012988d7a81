"""The page of the API's document, in Chromium (rule J4)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from example_app import create_app
from tests.chromium import NEEDS_CHROMIUM
from tests.browser.people import people
from tests.browser.serving import serving

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def site(tmp_path):
    with serving(create_app(instance_path=tmp_path)) as address:
        yield address


def test_it_shows_every_operation_and_tries_one_without_a_violation(browser, site):
    with people(browser, site) as open_as:
        page = open_as("mona")
        page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        page.goto("/api/tickets/docs")
        expect(page.locator(".opblock")).to_have_count(10)
        listing = page.locator("#operations-tickets-list_tickets")
        listing.locator(".opblock-summary-control").click()
        listing.get_by_role("button", name="Try it out").click()
        listing.get_by_role("button", name="Execute").click()
        answer = listing.locator(".live-responses-table .response-col_status").nth(1)
        expect(answer).to_contain_text("200")


def test_it_is_there_only_when_the_host_wants_it(app, client_of, alice):
    assert client_of(alice).get("/api/tickets/docs").status_code == 404
    assert client_of(alice).get("/api/tickets/openapi.json").status_code == 404
