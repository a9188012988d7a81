"""The page of the API's document, in Chromium (rule J4)."""

from __future__ import annotations

import shutil
import threading

import pytest
from playwright.sync_api import expect, sync_playwright
from werkzeug.serving import make_server

from example_app import create_app

from ..test_browser import CHROMIUM, FLAGS, Quiet

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed"),
]


@pytest.fixture
def site(tmp_path):
    app = create_app(instance_path=tmp_path)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_it_shows_every_operation_and_tries_one_without_a_violation(site):
    complaints = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(base_url=site)
        context.request.post("/login", form={"username": "mona", "password": "demo"})
        page = context.new_page()
        page.on("console", lambda line: complaints.append(line.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        page.goto("/api/tickets/docs")
        expect(page.locator(".opblock")).to_have_count(10)
        listing = page.locator("#operations-tickets-list_tickets")
        listing.locator(".opblock-summary-control").click()
        listing.get_by_role("button", name="Try it out").click()
        listing.get_by_role("button", name="Execute").click()
        answer = listing.locator(".live-responses-table .response-col_status").nth(1)
        expect(answer).to_contain_text("200")
        browser.close()
    assert complaints == []


def test_it_is_there_only_when_the_host_wants_it(app, client_of, alice):
    assert client_of(alice).get("/api/tickets/docs").status_code == 404
    assert client_of(alice).get("/api/tickets/openapi.json").status_code == 404
