"""The pages in other frames than the demo's: our own layout, and a site where nothing is yet."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from flask_support_tickets import TicketStatus

from ..chromium import NEEDS_CHROMIUM
from .examining import TARGET, assert_usable
from .people import people
from .scene import Site
from .serving import make_site, serving

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def bare_site(tmp_path_factory):
    """A host without a layout of its own, and without departments."""
    frame = {
        "SUPPORT_TICKETS_BASE_TEMPLATE": "support_tickets/base.html",
        "SUPPORT_TICKETS_DEPARTMENTS": (),
        "SUPPORT_TICKETS_LOCALE": "auto",
    }
    app = make_site(tmp_path_factory.mktemp("bare"), **frame)
    with serving(app) as address:
        yield Site(app, address)


@pytest.fixture
def open_as(browser, bare_site):
    with people(browser, bare_site.address) as open_as:
        yield open_as


def visit(open_as, person, path, **options):
    page = open_as(person, **options)
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(path)
    return page


@pytest.mark.parametrize("path", ["/settings/ticket", "/settings/ticket/new"])
def test_a_user_who_comes_first(open_as, path):
    assert_usable(visit(open_as, "alice", path), target=TARGET)


@pytest.mark.parametrize("path", ["/admin/tickets/"])
def test_staff_who_come_first(open_as, path):
    assert_usable(visit(open_as, "mona", path), within="main")


def test_our_own_layout_around_a_ticket(open_as, bare_site):
    ticket_id = bare_site.file("In our layout", TicketStatus.InProgress, by="bob")
    bare_site.comment(ticket_id, "mona", "We look into it.")
    for path in ("/settings/ticket", f"/settings/ticket/{ticket_id}"):
        assert_usable(visit(open_as, "bob", path), target=TARGET)


def test_our_own_layout_is_the_mirror_image_in_arabic(open_as, bare_site):
    ticket_id = bare_site.file("في تخطيطنا", TicketStatus.Resolved, by="bob")
    bare_site.comment(ticket_id, "bob", "شكرا")
    for path in ("/settings/ticket", "/settings/ticket/new", f"/settings/ticket/{ticket_id}"):
        page = visit(open_as, "bob", path, locale="ar")
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        assert_usable(page, target=TARGET)
