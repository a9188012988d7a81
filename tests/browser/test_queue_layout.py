"""The queue's layout: dense rows that lead to their tickets, menus, chips, and a bar for selected
tickets, on small and large screens and in dark hosts."""

import re
from pathlib import Path

import flask_admin
import pytest
from playwright.sync_api import expect

from flask_support_tickets import TicketStatus

from ..chromium import NEEDS_CHROMIUM
from .examining import (
    assert_controls_have_edges,
    assert_readable,
    assert_selected_tab_differs,
    assert_usable,
)
from .people import people
from .scene import STARTED, Site
from .serving import make_site, serving

pytestmark = NEEDS_CHROMIUM

QUEUE = "/admin/tickets/"
SWATCHES = Path(flask_admin.__file__).parent / "static/bootstrap/bootstrap4/swatch"
ROW = "tr[data-ticket-id]"
DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
_WHOLE_ROWS = f"""() => [...document.querySelectorAll("{ROW}")].filter((row) => {{
    const {{ top, bottom }} = row.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
}}).length"""


@pytest.mark.parametrize(("size", "least"), [(DESK, 12), (PHONE, 5)], ids=["desk", "phone"])
def test_many_whole_rows_fit_the_screen(open_as, size, least):
    page = open_as("mona", viewport=size)
    page.goto(QUEUE)
    assert page.evaluate(_WHOLE_ROWS) >= least


def test_keyboard_reaches_the_tickets_soon(open_as):
    page = open_as("mona", viewport=DESK)
    page.goto(QUEUE)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to tickets")).to_be_focused()
    page.evaluate("() => { const part = document.querySelector('.st-root');"
                  " part.tabIndex = -1; part.focus(); }")  # fmt: skip
    for _stop in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('[data-st-open]')"):
            break
    else:
        raise AssertionError("The first ticket is more than 12 stops away.")
    page.get_by_role("link", name="Skip to tickets").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(f"{ROW} [type=checkbox]").first).to_be_focused()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_whole_row_leads_to_its_ticket(open_as, site, size):
    subject = f"To click at {size['width']} pixels"
    ticket_id = site.open(subject, TicketStatus.Resolved)
    page = open_as("mona", viewport=size)
    row = page.locator(f"#ticket-{ticket_id}")
    for cell in ("st-col-id", "st-col-user"):
        page.goto(f"{QUEUE}?status=Resolved")
        row.locator(f".{cell}").click(force=True)  # the link is above it
        page.wait_for_url(f"**{QUEUE}{ticket_id}?**")
    page.goto(f"{QUEUE}?status=Resolved")
    row.locator(".st-check label").click()
    expect(row.get_by_role("checkbox")).to_be_checked()
    row.locator("summary").click()
    row.get_by_role("link", name=re.compile("^View")).click()
    page.wait_for_url(f"**{QUEUE}{ticket_id}?**")


def test_link_of_a_formatter_is_above_the_link_of_the_row(open_as):
    page = open_as("mona", viewport=DESK)
    page.goto(QUEUE)
    cell = page.locator(f"{ROW} .st-col-user").first
    cell.evaluate("cell => { cell.innerHTML = '<a href=\"#account\">Account</a>'; }")
    cell.get_by_role("link").click()
    assert page.url.endswith("#account")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_menus_are_usable_and_fit_the_screen(open_as, size):
    page = open_as("mona", viewport=size, expects=("status of 422",))
    page.goto(f"{QUEUE}?assignedTo=x")  # its menu is open
    assert_usable(page, ".st-menu[open]")
    page.goto(QUEUE)
    for summary in (
        *page.locator(".st-toolbar summary").all(),
        page.locator(f"{ROW} summary").last,
    ):
        summary.click()
        assert_usable(page, ".st-menu[open]")
        expect(page.locator(".st-menu[open] .st-menu-box")).to_be_in_viewport(ratio=0.99)


def test_menus_close_by_escape_by_a_click_elsewhere_and_by_another_menu(open_as):
    page = open_as("mona")
    page.goto(QUEUE)
    filters, more = page.locator(".st-toolbar summary").all()
    filters.click()
    expect(page.get_by_label("Opened before")).to_be_visible()
    more.click()
    expect(page.get_by_label("Opened before")).to_be_hidden()
    expect(page.get_by_role("link", name="Statistics")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Statistics")).to_be_hidden()
    expect(more).to_be_focused()
    filters.click()
    page.locator("h1").click()
    expect(page.get_by_label("Opened before")).to_be_hidden()


def test_each_filter_is_taken_off_by_its_chip(open_as):
    page = open_as("mona")
    page.goto(f"{QUEUE}?status=open&assignedTo=none&department=Technical")
    expect(page.locator(".st-chip")).to_have_count(2)
    expect(page.locator(".st-toolbar summary").first).to_contain_text("Filter 2")
    page.get_by_role("link", name="Department Technical").click()
    page.wait_for_url("**?status=open&assignedTo=none")
    expect(page.locator(".st-chip")).to_have_count(1)


def test_bar_follows_the_selection(open_as, site):
    site.open("Above the fold")
    page = open_as("mona", viewport=DESK)
    page.goto(QUEUE)
    bar = page.locator("#st-bulk")
    expect(bar).to_be_hidden()
    box = page.locator(f"{ROW} [type=checkbox]").first
    box.check()
    expect(bar).to_be_in_viewport(ratio=1)
    expect(bar).to_contain_text("1 selected")
    assert_usable(page, "#st-bulk")
    box.uncheck()
    expect(bar).to_be_hidden()


def test_several_tickets_are_updated_without_a_script(open_as, site):
    ids = [site.open("Without a script", STARTED) for _ in range(2)]
    page = open_as("mona", javascript=False, viewport=PHONE)
    page.goto(f"{QUEUE}?status=InProgress")
    for ticket_id in ids:
        page.get_by_label(f"Select ticket #{ticket_id}").check()
    page.get_by_label("Action for selected tickets").select_option("MarkAsResolved")
    page.get_by_role("button", name="Apply to selected").click()
    expect(page.locator(".st-results")).to_contain_text("2 of 2 tickets updated")
    assert site.statuses("Without a script") == [TicketStatus.Resolved] * 2
    page.get_by_role("button", name=f"Undo #{ids[0]}").click()
    expect(page.locator(".st-flash")).to_contain_text("is now “In progress”")
    assert sorted(site.statuses("Without a script")) == [STARTED, TicketStatus.Resolved]


def test_mark_resolved_can_be_undone(open_as, site):
    ticket_id = site.open("Resolved too early", STARTED)
    page = open_as("mona")
    page.goto(f"{QUEUE}?status=InProgress")
    row = page.locator(f"#ticket-{ticket_id}")
    with page.expect_navigation():  # a page that is still loading has no styles
        row.get_by_role("button", name=re.compile("^Mark Resolved")).click()
    expect(row).to_have_count(0)
    assert_usable(page)
    page.get_by_role("button", name=f"Undo #{ticket_id}").click()
    expect(row).to_be_visible()
    assert site.statuses("Resolved too early") == [STARTED]


def test_queue_works_on_paper_and_in_forced_colors(open_as):
    page = open_as("mona", forced_colors="active")
    page.goto(f"{QUEUE}?status=open")
    assert_selected_tab_differs(page)
    page.emulate_media(media="print")
    for hidden in (".sidebar", ".st-toolbar", ".st-actions", "#st-bulk"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator("[data-st-open]").first).to_be_visible()


def test_texts_and_controls_are_visible_in_every_theme(browser, tmp_path):
    """In Flask-Admin's own layout, whose theme the host chooses."""
    app = make_site(tmp_path)
    theme = app.extensions["admin"][0].theme
    theme.base_template = "admin/base.html"
    paths = ("", "?search=the&assignedTo=me", "?assignedTo=x", "2", "2/edit", "stats")
    with serving(app) as address, people(browser, address) as open_as:
        Site(app, address).fill()
        page = open_as("mona", expects=("",))  # the themes load fonts from other sites
        for theme.swatch in sorted(folder.name for folder in SWATCHES.iterdir()):
            for path in paths:
                page.goto(f"{QUEUE}{path}")
                page.locator("details").evaluate_all(
                    "all => all.slice(0, 4).forEach((each) => { each.name = ''; each.open = true })"
                )
                assert_readable(page)
                assert_controls_have_edges(page)
            page.set_viewport_size(PHONE)
            page.goto(QUEUE)
            page.locator(f"{ROW} [type=checkbox]").first.check()
            assert_readable(page)
            assert_controls_have_edges(page)
            page.set_viewport_size(DESK)
