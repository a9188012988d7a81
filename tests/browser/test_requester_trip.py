"""A requester's whole trip, and every page on it examined: with a mouse on a wide light screen,
with the keyboard on a wide dark one, on a dark phone, and without JavaScript on a narrow screen."""

import re

import pytest
from playwright.sync_api import expect

from flask_support_tickets import Action, TicketStatus

from ..chromium import NEEDS_CHROMIUM
from .hands import WAYS, payload

pytestmark = NEEDS_CHROMIUM

LIST = "/settings/ticket"
TICKET = re.compile(r"/settings/ticket/\d+(#.*)?$")


def open_ticket(alice, subject):
    """Open a ticket from the settings page, refused once; return its id."""
    alice.page.goto("/settings")
    alice.follow("Ticket")
    alice.examine("My tickets")
    alice.follow("New ticket")
    alice.examine("Subject")
    alice.write("Subject", subject)
    alice.choose("Department", "Billing")
    alice.press("Submit ticket")
    expect(alice.page.locator(".st-errors")).to_contain_text("Enter a description.")
    alice.examine()
    expect(alice.page.get_by_label("Subject")).to_have_value(subject)
    alice.write("Description", "It does not glow.\nNot at all.")
    alice.attach(payload("night.log"))
    alice.press("Submit ticket")
    expect(alice.page).to_have_url(TICKET)
    alice.examine("It does not glow.")
    expect(alice.page.get_by_role("link", name="night.log")).to_be_visible()
    return int(alice.page.url.rpartition("/")[2])


def answer_question(alice, subject):
    """Find the ticket by its status, and reply to the comment of staff, refused once."""
    alice.page.goto(LIST)
    alice.follow(re.compile("^In progress"))
    expect(alice.part(".st-card", subject)).to_contain_text("1 new reply")
    alice.examine()
    alice.follow(subject)
    alice.examine("Is it plugged in?")
    if not alice.has_script:  # a script does it by itself
        alice.press("Mark as read")
        expect(alice.page.locator("[data-st-unread]")).to_have_count(0)
    alice.follow(re.compile("^Reply"))
    alice.examine("Replying to Mona Field")
    alice.press("Send reply")
    expect(alice.page.locator(".st-errors")).to_contain_text("Enter your reply.")
    alice.examine()
    alice.write("Your reply", "It is.\nStill dark.")
    alice.attach(payload("switch.log"))
    alice.press("Send reply")
    reply = alice.page.locator(".st-depth-1")
    expect(reply).to_contain_text("Still dark.")
    expect(reply).to_contain_text("switch.log")
    alice.follow("My tickets")
    expect(alice.part(".st-card", subject)).not_to_contain_text("new reply")


def give_feedback_and_reopen(alice, ticket_id):
    """Send feedback with a double click, and reopen the ticket."""
    alice.page.goto(f"{LIST}/{ticket_id}")
    alice.examine("Still not working?")
    alice.write("Your reply", "It glows, but only green.")
    alice.activate_twice(alice.page.get_by_role("button", name="Send feedback"))
    expect(alice.page).to_have_url(re.compile(r"#comment-\d+$"))
    expect(alice.page.locator(".st-comment", has_text="only green.")).to_have_count(1)
    alice.page.wait_for_load_state("networkidle")
    alice.page.reload()
    expect(alice.page.locator(".st-comment", has_text="only green.")).to_have_count(1)
    alice.write("Your reply", "Now it is dark again.")
    alice.press("Send and reopen")
    expect(alice.page.locator(".st-comment", has_text="dark again.")).to_have_count(1)
    expect(alice.page.locator(".st-path [aria-current]")).to_have_text("In progress")


@pytest.mark.parametrize("way", WAYS)
def test_requester_opens_a_ticket_answers_and_reopens_it(hand_of, site, way):
    """Rule F1: the double click makes one comment."""
    subject = f"A lamp, by {way}"
    alice = hand_of("alice", way, "status of 422", "net::ERR_ABORTED")
    ticket_id = open_ticket(alice, subject)
    site.move(ticket_id, Action.StartProgress)
    site.comment(ticket_id, "mona", "Is it plugged in?")
    answer_question(alice, subject)
    site.move(ticket_id, Action.MarkAsResolved)
    give_feedback_and_reopen(alice, ticket_id)
    assert site.statuses(subject) == [TicketStatus.InProgress]
    site.move(ticket_id, Action.MarkAsResolved)
    site.move(ticket_id, Action.Close)
    alice.page.goto(f"{LIST}/{ticket_id}")
    alice.examine("This ticket is closed")
    expect(alice.page.locator("textarea")).to_have_count(0)
