"""The example app in a real browser: the whole life of a ticket by mouse, without JavaScript."""

from __future__ import annotations

import re
import shutil
import threading

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from example_app import create_app

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: no browser was tried"),
]
HOSTILE = "<img src=x onerror=window.pwned=1>\"'><script>window.pwned=1</script>{{7*7}}"


class Quiet(WSGIRequestHandler):
    def log(self, *args):
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    app = create_app(instance_path=tmp_path_factory.mktemp("instance"))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_as(browser, site):
    """Return a page of somebody who signed in; whatever the console complains of is an error."""
    contexts, complaints = [], []

    def complain(line):
        if line.type == "error" and "status of 422" not in line.text:
            complaints.append(line.text)

    def sign_in(name, *, javascript=False, **options):
        context = browser.new_context(java_script_enabled=javascript, base_url=site, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", complain)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/login")
        page.fill("[name=username]", name)
        page.fill("[name=password]", "demo")
        page.locator("main button[type=submit], form[action*=login] button").first.click()
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert complaints == []


def row_of(page, subject):
    return page.locator("tr[data-ticket-id]", has_text=subject)


def test_the_whole_life_of_a_ticket_without_javascript(open_as):
    alice, mona = open_as("alice"), open_as("mona")
    alice.goto("/settings")
    alice.get_by_role("link", name="Ticket").first.click()
    alice.get_by_role("link", name="New ticket").click()
    alice.get_by_role("button", name="Send ticket").click()
    assert alice.get_by_role("heading", name="There is a problem").is_visible()
    alice.get_by_label("Subject").fill("The lamp does not glow")
    alice.get_by_label("Description").fill("I pressed the button.\nNothing happened.")
    alice.get_by_role("button", name="Send ticket").click()
    assert re.search(r"/settings/ticket/\d+$", alice.url)
    assert "have not started yet" in alice.inner_text("main")

    mona.goto("/admin/")
    mona.get_by_role("link", name="Support Tickets").first.click()
    row = row_of(mona, "The lamp does not glow")
    assert row.get_by_role("button").count() == 1
    row.get_by_role("button", name="Start Progress").click()
    row = row_of(mona, "The lamp does not glow")
    assert "In progress" in row.inner_text()
    row.get_by_role("link", name="View").click()
    mona.get_by_label("Reply to the ticket").fill("Is it plugged in?")
    mona.get_by_role("button", name="Send reply").click()
    assert "Is it plugged in?" in mona.inner_text(".st-thread")

    alice.reload()
    alice.get_by_role("link", name="Reply").first.click()
    assert "Replying to Mona Field" in alice.inner_text("main")
    alice.get_by_label("Your comment").fill("It is now. Thank you!")
    alice.get_by_role("button", name="Send comment").click()
    assert alice.locator(".st-depth-1").count() == 1

    mona.reload()
    mona.get_by_role("button", name="Mark Resolved").click()
    alice.reload()
    assert "is feedback" in alice.inner_text("main")
    alice.get_by_label("Your feedback").fill("It glows.")
    alice.get_by_role("button", name="Send feedback").click()
    mona.reload()
    assert "Feedback since resolved" in mona.inner_text(".st-thread")
    mona.get_by_role("button", name="Close").click()
    assert "This ticket is closed" in mona.inner_text(".st-admin")
    alice.reload()
    assert "This ticket is closed" in alice.inner_text("main")
    assert alice.locator("textarea").count() == 0


def test_reopening_without_javascript(open_as):
    bob = open_as("bob")
    bob.goto("/settings/ticket?status=Resolved")
    bob.locator(".st-card-title").first.click()
    bob.get_by_role("button", name="Reopen ticket").click()
    assert "are working on this" in bob.inner_text("main")


def test_a_hostile_text_is_shown_and_never_run(open_as):
    alice = open_as("alice", javascript=True)
    alice.goto("/settings/ticket/new")
    alice.get_by_label("Subject").fill(HOSTILE)
    alice.get_by_label("Description").fill(HOSTILE)
    alice.get_by_role("button", name="Send ticket").click()
    number = alice.url.rsplit("/", 1)[-1]
    mona = open_as("mona", javascript=True)
    for page, paths in (
        (alice, (f"/settings/ticket/{number}", "/settings/ticket")),
        (mona, (f"/admin/tickets/{number}", "/admin/tickets/", "/admin/tickets/?search=onerror")),
    ):
        for path in paths:
            page.goto(path)
            assert HOSTILE in page.inner_text("body")
            assert page.evaluate("window.pwned") is None


def test_the_instant_filter_narrows_the_rows_shown(open_as):
    mona = open_as("mona", javascript=True)
    mona.goto("/admin/tickets/")
    rows = mona.locator("tr[data-ticket-id]:visible")
    before = rows.count()
    word = mona.locator(".st-subject a").nth(3).inner_text()
    mona.get_by_label("Filter the rows shown").fill(word.upper())
    assert 1 <= rows.count() < before
    mona.get_by_label("Filter the rows shown").fill("")
    assert rows.count() == before


def test_the_filter_is_hidden_without_javascript(open_as):
    mona = open_as("mona")
    mona.goto("/admin/tickets/")
    assert not mona.get_by_label("Filter the rows shown").is_visible()


@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_scrolls_sideways(open_as, width):
    size = {"width": width, "height": 700}
    for name, start in (("alice", "/settings/ticket"), ("mona", "/admin/tickets/")):
        page = open_as(name, javascript=True, viewport=size)
        page.goto(start)
        first = page.locator(".st-card-title, .st-subject a").first.get_attribute("href")
        for path in (start, first, "/settings/ticket/new"):
            page.goto(path)
            overflow = "document.documentElement.scrollWidth - innerWidth"
            assert page.evaluate(overflow) <= 0, (path, width)
