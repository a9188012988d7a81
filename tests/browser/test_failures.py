"""A form that cannot be sent: the page names the cause and a way out, and keeps text and files."""

import os
import re
from functools import partial

import pytest
from playwright.sync_api import expect

from ..chromium import NEEDS_CHROMIUM
from .hands import both_faces, file_input, payload

pytestmark = NEEDS_CHROMIUM

NEW = "/settings/ticket/new"
TICKET = re.compile(r"/settings/ticket/\d+$")
#: Responses of a proxy, what the page says, and whether trying again can help.
RESPONSES = {
    400: ("The server rejected this (error 400).", False),
    403: ("The server refused this (error 403).", False),
    404: ("This page is no longer available", False),
    413: ("This is too large for the server.", False),
    429: ("The server is busy", True),
    500: ("The server has a problem (error 500).", True),
    502: ("The server is busy", True),
    503: ("The server is busy", True),
    504: ("The server is busy or took too long to answer.", True),
    200: ("Another page answered", True),
}


@pytest.fixture
def form(open_as):
    """Alice's form for a new ticket, filled in."""
    page = open_as("alice", expects=("status of", "net::ERR"))
    page.goto(NEW)
    page.get_by_label("Subject").fill("My words")
    page.get_by_label("Description").fill("Many of them.")
    return page


def send(page):
    page.locator(".st-send .st-primary:visible").click()


def failure(page):
    return page.get_by_role("alert").and_(page.locator("[data-st-failure]"))


def retry_button(page):
    return page.get_by_role("button", name="Try again")


def answer(route, *, status):
    route.fulfill(status=status, content_type="text/html", body="<h1 style='color: red'>nginx</h1>")


def cut(route):
    if route.request.method == "POST":
        route.abort("connectionreset")
    else:
        route.continue_()


def assert_nothing_is_lost(page, *names):
    expect(page.get_by_role("button", name="Submit ticket")).to_be_enabled()
    expect(page.locator("progress")).to_be_hidden()
    expect(page.get_by_label("Subject")).to_have_value("My words")
    expect(page.get_by_label("Description")).to_have_value("Many of them.")
    expect(page.locator(".st-chosen bdi")).to_have_text(list(names))


@pytest.mark.parametrize("names", [(), ("a.txt",)], ids=["text", "file"])
def test_answer_of_a_proxy_names_the_cause_and_a_way_out(form, names):
    file_input(form).set_input_files([payload(name) for name in names])
    for status, (text, may_retry) in RESPONSES.items():
        form.route("**/new", partial(answer, status=status))
        send(form)
        expect(failure(form)).to_contain_text(text)
        expect(failure(form)).to_be_focused()
        expect(retry_button(form)).to_have_count(int(may_retry))
        assert_nothing_is_lost(form, *names)
        form.unroute("**/new")
    retry_button(form).click()
    form.wait_for_url(TICKET)
    expect(form.locator(".st-description .st-file-text a")).to_have_text(list(names))


@both_faces
def test_user_who_is_signed_out_signs_in_elsewhere_and_tries_again(open_as, ticket, who, path):
    page = open_as(who, expects=("status of 400",))
    page.goto(path.format(ticket))
    page.locator("#text").fill("Typed while signed out")
    file_input(page).set_input_files(payload("a.txt"))
    page.context.clear_cookies()
    send(page)
    expect(failure(page)).to_contain_text("You're signed out.")
    with page.expect_popup() as popup:
        page.get_by_role("link", name="Open the sign-in page in a new tab").click()
    tab = popup.value
    tab.locator("[name=username]").fill(who)
    tab.locator("[name=password]").fill("demo")
    tab.locator("main [type=submit]").first.click()
    expect(tab).to_have_url(re.compile(f"{path.format(ticket)}$"))
    retry_button(page).click()
    expect(page.locator(".st-errors")).to_contain_text("This form has expired.")
    expect(page.locator("#text")).to_have_value("Typed while signed out")
    send(page)
    comment = page.locator(".st-comment", has_text="Typed while signed out")
    expect(comment.locator(".st-file-text a")).to_have_text(["a.txt"])


@pytest.mark.parametrize("names", [(), ("a.txt",)], ids=["text", "file"])
def test_connection_that_fails_is_told_from_being_offline_and_from_a_cut_upload(form, names):
    file_input(form).set_input_files([payload(name) for name in names])
    form.context.set_offline(True)
    send(form)
    expect(failure(form)).to_contain_text("You're offline.")
    form.context.set_offline(False)
    form.route("**/new", lambda route: route.abort())
    retry_button(form).click()
    expect(failure(form)).to_contain_text("We couldn't reach the server.")
    form.unroute("**/new")
    form.route("**/new", cut)
    retry_button(form).click()
    text = "while your files were being sent" if names else "We couldn't reach the server."
    expect(failure(form)).to_contain_text(text)
    assert_nothing_is_lost(form, *names)
    form.unroute("**/new")
    retry_button(form).click()
    form.wait_for_url(TICKET)


def test_sign_in_page_of_another_site_is_recognized(open_as):
    """Single sign-on redirects to another host, whose pages scripts cannot read."""
    page = open_as("alice", expects=("sso.invalid", "violates the CSP: connect-src"))
    page.goto(NEW)
    page.get_by_label("Subject").fill("My words")
    headers = {"Location": "http://sso.invalid/start"}
    page.route("**/new", lambda route: route.fulfill(status=302, headers=headers))
    send(page)
    expect(failure(page)).to_contain_text("You're signed out.")
    expect(page.get_by_label("Subject")).to_have_value("My words")


def test_answer_that_was_lost_makes_one_ticket(form, site):
    """Rule F1."""
    form.get_by_label("Subject").fill("Lost answer")

    def lose(route):
        route.fetch()
        route.fulfill(status=504, body="")

    form.route("**/new", lose)
    send(form)
    expect(failure(form)).to_contain_text("Nothing will be sent twice.")
    form.unroute("**/new")
    retry_button(form).click()
    form.wait_for_url(TICKET)
    assert len(site.statuses("Lost answer")) == 1


@pytest.mark.parametrize("change", ["edited", "removed"])
def test_file_that_changed_on_disk_is_named_and_can_be_chosen_again(form, tmp_path, change):
    log, other = tmp_path / "app.log", tmp_path / "other.txt"
    log.write_text("12:00 started")
    other.write_text("A note.")
    file_input(form).set_input_files([log, other])
    posts = []
    form.on("request", lambda request: request.method == "POST" and posts.append(request.url))
    if change == "edited":
        log.write_text("12:00 started\n12:01 stopped")
        os.utime(log, (1, 1))
    else:
        log.unlink()
    refused = form.locator("[data-st-refused]")
    for _ in range(2):
        send(form)
        expect(refused).to_have_text(
            "“app.log”: This file has changed or was moved. Choose it again."
        )
        assert_nothing_is_lost(form, "app.log", "other.txt")
    assert posts == []
    log.write_text("12:02 started again")
    file_input(form).set_input_files(log)
    expect(refused).to_be_hidden()
    assert_nothing_is_lost(form, "app.log", "other.txt")
    send(form)
    form.wait_for_url(TICKET)
    links = form.locator(".st-description .st-file-text a")
    expect(links).to_have_text(["app.log", "other.txt"])
    assert form.request.get(links.first.get_attribute("href")).text() == "12:02 started again"


def test_rejected_page_keeps_working(open_as, site, ticket):
    """Shortcuts, images and polling belong to the page that the server returned."""
    page = open_as("mona", expects=("status of 4",))
    page.goto(f"/admin/tickets/{ticket}")
    page.locator("#text").fill("Once")
    site.comment(ticket, "alice", "Wait.")
    send(page)
    expect(page.locator(".st-conflict")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    send(page)
    expect(page.locator(".st-timeline")).to_contain_text("Once")
