"""Drafts: what is typed stays in this browser until it was sent."""

import re

import pytest
from playwright.sync_api import expect

from ..chromium import NEEDS_CHROMIUM
from .hands import both_faces, file_input, payload, wait_until_no_draft_is_left
from .people import people
from .serving import make_site, serving

pytestmark = NEEDS_CHROMIUM

NEW = "/settings/ticket/new"


def leave_and_return(page):
    path = page.url
    page.goto("/settings")
    page.goto(path)


def test_draft_comes_back_and_can_be_discarded(open_as):
    page = open_as("alice")
    page.goto(NEW)
    page.get_by_label("Subject").fill("Half a thought")
    page.get_by_label("Department").select_option("Billing")
    leave_and_return(page)
    expect(page.get_by_label("Subject")).to_have_value("Half a thought")
    expect(page.get_by_label("Department")).to_have_value("Billing")
    expect(page.locator(".st-draft [role=status]")).to_contain_text(
        "We restored your unsent draft."
    )
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_label("Subject")).to_have_value("")
    expect(page.get_by_label("Subject")).to_be_focused()
    expect(page.locator(".st-draft")).to_have_count(0)
    leave_and_return(page)
    wait_until_no_draft_is_left(page)


def test_draft_comes_back_before_the_tab_is_told_apart_from_others(open_as):
    page = open_as("alice")
    page.goto(NEW)
    page.get_by_label("Subject").fill("Half a thought")
    page.goto("/settings")
    page.add_init_script(
        "navigator.locks.request = navigator.locks.query = () => new Promise(() => {})"
    )
    page.goto(NEW)
    expect(page.get_by_label("Subject")).to_have_value("Half a thought")
    expect(page.locator(".st-draft")).to_contain_text("We restored your unsent draft.")


def test_choice_that_the_form_starts_with_is_not_a_draft(browser, tmp_path):
    app = make_site(tmp_path, SUPPORT_TICKETS_REQUESTER_PRIORITY=True)
    with serving(app) as address, people(browser, address) as open_as:
        page = open_as("alice")
        page.goto(NEW)
        priority, subject = page.get_by_label("Priority"), page.get_by_label("Subject")
        expect(priority).to_have_value("1")
        subject.fill("Half a thought")
        priority.select_option("High")
        leave_and_return(page)
        expect(subject).to_have_value("Half a thought")
        expect(priority).to_have_value("2")
        page.get_by_role("button", name="Discard").click()
        expect(priority).to_have_value("1")
        wait_until_no_draft_is_left(page)


def test_draft_is_for_its_author_alone(open_as):
    page = open_as("alice")
    page.goto(NEW)
    page.get_by_label("Subject").fill("A secret")
    page.goto("/settings")
    page.context.clear_cookies()
    page.request.post("/login", form={"username": "bob", "password": "demo"})
    page.goto(NEW)
    expect(page.get_by_label("Subject")).to_have_value("")
    expect(page.locator(".st-draft")).to_have_count(0)


def test_draft_expires_after_two_weeks(open_as):
    page = open_as("alice")
    page.clock.install(time="2026-01-01")
    page.goto(NEW)
    page.get_by_label("Subject").fill("In January")
    page.goto("/settings")
    page.clock.set_fixed_time("2026-01-16")
    page.goto(NEW)
    expect(page.get_by_label("Subject")).to_have_value("")
    wait_until_no_draft_is_left(page)


def test_draft_of_a_ticket_is_kept_when_it_is_refused_and_forgotten_when_it_is_opened(open_as):
    page = open_as("alice", expects=("status of 422",))
    page.goto(NEW)
    page.get_by_label("Subject").fill("  A kettle ")
    page.get_by_role("button", name="Submit ticket").click()
    expect(page.locator(".st-errors")).to_be_focused()
    expect(page.locator(".st-draft")).to_have_count(0)  # the server has shown what was typed
    leave_and_return(page)
    expect(page.get_by_label("Subject")).to_have_value("  A kettle ")
    page.get_by_label("Description").fill("It does not boil.")
    page.get_by_role("button", name="Submit ticket").click()
    expect(page).to_have_url(re.compile(r"/settings/ticket/\d+$"))
    wait_until_no_draft_is_left(page)


@pytest.mark.parametrize("with_a_file", [False, True])
@both_faces
def test_sent_comment_leaves_no_draft_and_does_not_return_with_the_back_button(
    open_as, ticket, who, path, with_a_file
):
    page = open_as(who)
    page.goto(path.format(ticket))
    page.locator("#text").fill("Sent once")
    if with_a_file:
        file_input(page).set_input_files(payload("a.log"))
    page.locator(".st-send [type=submit]").first.click()
    expect(page.locator(".st-thread")).to_contain_text("Sent once")
    wait_until_no_draft_is_left(page)
    expect(page.locator("#text")).to_have_value("")
    page.go_back()
    expect(page.locator("#text")).to_have_value("")
    page.locator("#text").fill("Not sent")
    page.goto("/settings")
    page.go_back()
    expect(page.locator("#text")).to_have_value("Not sent")


def test_sent_draft_is_forgotten_later_if_the_script_was_lost(open_as, ticket):
    page = open_as("mona", expects=("Failed to load resource",))
    page.goto(f"/admin/tickets/{ticket}")
    page.locator("#text").fill("Sent,\nand gone on")
    page.route("**/drafts.js*", lambda route: route.abort())
    page.get_by_role("button", name="Send reply").click()
    expect(page.locator(".st-timeline")).to_contain_text("Sent,")
    page.unroute("**/drafts.js*")
    page.goto(f"/admin/tickets/{ticket}")
    wait_until_no_draft_is_left(page)
    expect(page.locator("#text")).to_have_value("")


def test_long_subject_shows_how_many_characters_are_left(open_as):
    page = open_as("alice")
    page.goto(NEW)
    subject = page.get_by_label("Subject")
    subject.fill("x" * 149)
    expect(page.locator("#subject-left")).to_have_count(0)
    subject.fill(" " + "😀" * 151 + " ")
    expect(page.locator("#subject-left")).to_have_text("Characters left: 49")
    expect(page.locator("#subject-left + [role=status]")).to_have_text("Characters left: 49")
    subject.fill("x" * 202)
    expect(page.locator("#subject-left")).to_have_text("Characters over the limit: 2")
    subject.fill("x")
    expect(page.locator("#subject-left")).to_be_hidden()
