"""The pages that no trip passes: hard to lay out, empty, not found, in other languages and frames,
on paper; and hostile texts on all of them."""

import re

import pytest
from playwright.sync_api import expect

from flask_support_tickets import TicketStatus

from ..chromium import NEEDS_CHROMIUM
from .examining import assert_no_sideways_scroll, assert_selected_tab_differs, assert_usable
from .hands import file_input, payload
from .people import people
from .scene import Site
from .serving import make_site, serving

pytestmark = NEEDS_CHROMIUM

LIST, NEW, QUEUE = "/settings/ticket", "/settings/ticket/new", "/admin/tickets/"
PHONE = {"width": 320, "height": 640}
REQUESTER_PAGES = {
    "alice": [
        f"{LIST}?page=2", f"{LIST}?search=white&status=New", f"{LIST}?search=nothinglikethat",
        f"{LIST}?status=Odd", f"{LIST}/{{deep}}", f"{LIST}/{{paged}}", f"{LIST}/{{foreign}}",
    ],
    "tom": [LIST, f"{LIST}/{{long}}"],
    "adam": [LIST],
}  # fmt: skip
STAFF_PAGES = {
    "mona": [
        f"{QUEUE}?page=2", f"{QUEUE}?search=white", f"{QUEUE}?status=Odd", f"{QUEUE}{{long}}",
        f"{QUEUE}{{deep}}", f"{QUEUE}{{paged}}", f"{QUEUE}999999",
        f"{QUEUE}stats?weeks=26&assignedTo=me", f"{QUEUE}stats?department=Nowhere",
    ],
}  # fmt: skip
#: One page of each template, for what changes with the language.
TEMPLATES = {
    "alice": [LIST, NEW, f"{LIST}/{{Resolved}}"],
    "mona": [QUEUE, f"{QUEUE}{{InProgress}}", f"{QUEUE}stats"],
}
HOSTILE = "<img src=x onerror=window.pwned=1>\"'><script>window.pwned=1</script>{{7*7}}"


def visit(open_as, site, pages, **options):
    """Yield each of the pages, open in a window of its user."""
    for person, paths in pages.items():
        page = open_as(person, expects=("status of 422", "status of 404"), **options)
        for path in paths:
            page.goto(path.format(**site.places))
            yield page


@pytest.mark.parametrize("pages", [REQUESTER_PAGES, STAFF_PAGES], ids=["requester", "staff"])
def test_every_page_is_usable_light_on_a_phone_and_dark_on_a_desk(open_as, site, pages):
    for page in visit(open_as, site, pages, viewport=PHONE, color_scheme="light"):
        summaries = page.locator("main details:not(.st-menu) > summary:visible")
        summaries.evaluate_all("all => all.forEach(one => one.click())")
        assert_usable(page)
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        page.set_viewport_size({"width": 1280, "height": 800})
        assert_usable(page)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(PHONE)


@pytest.mark.parametrize("width", [390, 1366])
def test_only_the_selected_tab_looks_selected_in_forced_colors(open_as, width):
    page = open_as("alice", forced_colors="active", viewport={"width": width, "height": 800})
    page.goto(f"{LIST}?status=New")
    assert_selected_tab_differs(page)


@pytest.mark.parametrize("language", ["ar", "de", "en", "es", "fr"])
def test_pages_fit_a_phone_in_every_language(open_as, site, language):
    """Rule V1. Arabic pages are the mirror image, so they are examined as a whole."""
    is_arabic = language == "ar"
    for page in visit(open_as, site, TEMPLATES, locale=language, viewport=PHONE):
        root = page.locator(".st-root").first
        expect(root).to_have_attribute("lang", language)
        expect(root).to_have_attribute("dir", "rtl" if is_arabic else "ltr")
        assert_no_sideways_scroll(page)
        if is_arabic:
            assert_usable(page)
            page.set_viewport_size({"width": 1280, "height": 800})
            assert_usable(page)
            page.set_viewport_size(PHONE)


def test_pages_are_usable_in_our_own_layout_and_on_an_empty_site(browser, tmp_path):
    frame = {
        "SUPPORT_TICKETS_BASE_TEMPLATE": "support_tickets/base.html",
        "SUPPORT_TICKETS_DEPARTMENTS": (),
        "SUPPORT_TICKETS_LOCALE": "auto",
    }
    app = make_site(tmp_path, **frame)
    with serving(app) as address, people(browser, address) as open_as:
        site = Site(app, address)
        for page in visit(open_as, site, {"alice": [LIST, NEW], "mona": [QUEUE]}, viewport=PHONE):
            assert_usable(page)
        site.places["own"] = site.open("في تخطيطنا", TicketStatus.Resolved, by="bob")
        filled = {"bob": [LIST, f"{LIST}/{{own}}"]}
        for page in visit(open_as, site, filled, locale="ar", color_scheme="dark"):
            expect(page.locator("html")).to_have_attribute("dir", "rtl")
            assert_usable(page)


def test_hostile_text_is_shown_and_never_run(open_as):
    """Cases 51, 54."""
    alice, mona = open_as("alice"), open_as("mona")
    alice.goto(NEW)
    alice.get_by_label("Subject").fill(HOSTILE)
    alice.get_by_label("Description").fill(HOSTILE)
    file_input(alice).set_input_files(payload('"><img src=x onerror=window.pwned=1>.txt'))
    alice.get_by_role("button", name="Submit ticket").click()
    expect(alice).to_have_url(re.compile(r"/settings/ticket/\d+$"))
    number = alice.url.rpartition("/")[2]
    for page, paths in (
        (alice, (f"{LIST}/{number}", LIST)),
        (mona, (f"{QUEUE}{number}", QUEUE, f"{QUEUE}?search=onerror")),
    ):
        for path in paths:
            page.goto(path)
            expect(page.locator("body")).to_contain_text(HOSTILE)
            expect(page.locator("img[src=x]")).to_have_count(0)
            assert page.evaluate("window.pwned") is None


def test_paper_has_the_ticket_without_its_controls(open_as, site):
    page = open_as("mona")
    page.goto(f"{QUEUE}{site.places['deep']}")
    page.emulate_media(media="print")
    for shown in ("h1", ".st-description", ".st-timeline", ".st-fields"):
        expect(page.locator(f".st-admin {shown}").first).to_be_visible()
    expect(page.get_by_text("Level 8")).to_be_visible()
    for hidden in (".sidebar", "#st-reply", ".st-walk", ".st-steps", ".st-reply-link", ".btn"):
        for part in page.locator(hidden).all():
            expect(part).to_be_hidden()
