"""What scripts add to the form of a reply: focus, preview, and questions before a loss."""

import re

from playwright.sync_api import expect

from flask_support_tickets import Action

from ..chromium import NEEDS_CHROMIUM
from .hands import both_faces, file_input, payload, wait_until_no_draft_is_left

pytestmark = NEEDS_CHROMIUM


@both_faces
def test_reply_link_leads_into_the_text_field_and_keeps_what_was_typed(
    open_as, site, ticket, who, path
):
    comment = site.comment(ticket, "alice", "Which one?")
    page = open_as(who)
    page.goto(path.format(ticket))
    page.locator("#text").fill("All ")
    page.locator(f"#comment-{comment}").get_by_role("link", name="Reply").click()
    expect(page.locator(".st-answered")).to_be_visible()
    expect(page.locator("#text")).to_be_focused()
    expect(page.locator("#text")).to_have_value("All ")  # the draft is restored
    page.keyboard.press("End")
    page.keyboard.type("of them")
    expect(page.locator("#text")).to_have_value("All of them")


@both_faces
def test_sent_reply_is_focused_and_in_view(open_as, site, ticket, who, path):
    for number in range(8):
        site.comment(ticket, "alice", f"Comment {number}")
    page = open_as(who, viewport={"width": 900, "height": 400})
    page.goto(path.format(ticket))
    for text in ("First", "Second"):  # the second one only changes the end of the URL
        page.locator("#text").fill(text)
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.locator(".st-send [type=submit]:visible").first.click()
        sent = page.locator(".st-comment", has_text=text)
        expect(sent).to_be_focused()
        page.wait_for_load_state()
        page.wait_for_timeout(300)  # browsers restore the place on the page late
        expect(sent).to_be_in_viewport(ratio=0.9)
        assert page.evaluate("history.scrollRestoration") == "auto"
    page.evaluate("scrollTo(0, 0)")
    page.reload()
    page.wait_for_timeout(300)
    expect(sent).not_to_be_in_viewport()


@both_faces
def test_preview_appears_in_place_and_keeps_the_chosen_files(open_as, ticket, who, path):
    page = open_as(who, expects=("Failed to load", "net::ERR"))
    page.goto(path.format(ticket))
    button = page.get_by_role("button", name="Preview")
    button.click()
    expect(page.locator("#text")).to_be_focused()
    page.locator("#text").fill("Look at http://a.example/x.")
    file_input(page).set_input_files(payload("note.txt"))
    button.click()
    preview = page.get_by_role("region", name="Preview")
    expect(preview).to_be_focused()
    expect(preview.get_by_role("link")).to_have_attribute("href", "http://a.example/x")
    expect(page.locator(".st-chosen li")).to_have_count(1)
    page.locator("#text").fill("Another text.")
    expect(page.locator("[data-st-preview]")).to_be_hidden()
    assert page.url.endswith(path.format(ticket))
    page.route(re.compile("comment"), lambda route: route.abort())
    button.click()
    expect(page.locator("[data-st-failure]")).to_contain_text("We couldn't reach the server.")
    expect(page.locator(".st-chosen li")).to_have_count(1)
    page.unroute(re.compile("comment"))
    page.get_by_role("button", name="Try again").click()
    expect(preview).to_contain_text("Another text.")
    page.locator("#text").fill("x" * 20_001)
    button.click()
    expect(page.locator(".st-errors")).to_contain_text("Use no more than 20000")
    expect(page.locator(".st-chosen li")).to_have_count(1)


def test_unsent_text_and_files_are_not_dropped_without_a_question(open_as, site, ticket):
    comment = site.comment(ticket, "alice", "Here?")
    page, questions = open_as("mona"), []

    def say_no(dialog):
        questions.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", say_no)
    page.goto(f"/admin/tickets/{ticket}")
    page.locator("#text").fill("Typed, not sent")
    page.get_by_role("button", name="Mark Resolved #").click()
    assert questions.pop() == "Your reply hasn't been sent yet. Continue without it?"
    file_input(page).set_input_files(payload("note.txt"))
    page.locator(f"#comment-{comment} .st-reply-link").click()
    assert questions.pop() == "Your files haven't been sent yet. Continue without them?"
    page.get_by_role("button", name="Send reply").click()
    expect(page.locator(".st-timeline")).to_contain_text("Typed, not sent")
    expect(page.locator(".st-timeline")).to_contain_text("note.txt")
    assert questions == []


def test_conflict_keeps_text_and_files_until_they_are_sent(open_as, site, ticket):
    """Rule E3."""
    page = open_as("mona", expects=("status of 409",))
    page.goto(f"/admin/tickets/{ticket}")
    page.locator("#text").fill("With a file")
    file_input(page).set_input_files(payload("note.txt"))
    site.comment(ticket, "alice", "Wait.")
    page.get_by_role("button", name="Reply and mark resolved").click()
    expect(page.locator(".st-conflict")).to_be_focused()
    expect(page.locator("#text")).to_have_value("With a file")
    expect(page.locator("[data-st-chosen]")).to_contain_text("note.txt")
    page.get_by_role("button", name="Reply and mark resolved").click()
    expect(page.locator(".st-head")).to_contain_text("Resolved")
    expect(page.locator(".st-timeline")).to_contain_text("note.txt")
    wait_until_no_draft_is_left(page)
    site.move(ticket, Action.Reopen)
    page.goto(f"/admin/tickets/{ticket}")
    expect(page.locator("#text")).to_have_value("")
