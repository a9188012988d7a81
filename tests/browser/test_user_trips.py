"""Users file a ticket, follow it, answer, say whether it helped: each trip in every way."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from flask_support_tickets import Action, TicketStatus

from ..chromium import NEEDS_CHROMIUM

pytestmark = NEEDS_CHROMIUM

TICKET = re.compile(r"/settings/ticket/\d+(#.*)?$")
REFUSED = ("status of 422",)
LOG = {"name": "night.log", "mimeType": "text/plain", "buffer": b"out of paper\n"}


def number_of(hand):
    expect(hand.page).to_have_url(TICKET)
    return int(re.search(r"/(\d+)", hand.page.url.rpartition("/ticket")[2]).group(1))


def main_of(hand):
    return hand.page.locator("main")


def test_files_a_ticket_with_a_file(hand_of, way, site):
    subject = f"A lamp, by {way}"
    alice = hand_of("alice", *REFUSED)
    alice.go("/settings")
    alice.follow("Ticket")
    alice.follow("New ticket")
    alice.write("Subject", subject)
    alice.choose("Department", "Billing")
    alice.press("Send ticket")
    problems = alice.page.locator(".st-errors")
    expect(problems).to_contain_text("Description: Enter some text.")
    expect(alice.page.get_by_label("Subject")).to_have_value(subject)
    expect(alice.page.get_by_label("Department")).to_have_value("Billing")
    alice.write("Description", "It does not glow.\nNot at all.")
    alice.attach("Attachments", LOG)
    alice.press("Send ticket")
    number_of(alice)
    expect(main_of(alice)).to_contain_text("have not started yet")
    expect(main_of(alice)).to_contain_text("Billing")
    expect(main_of(alice)).to_contain_text("It does not glow.")
    expect(alice.page.get_by_role("link", name="night.log")).to_be_visible()
    assert site.statuses(subject) == [TicketStatus.New]


def test_finds_it_again_and_answers(hand_of, way, site):
    subject = f"A kettle, by {way}"
    ticket_id = site.file(subject, TicketStatus.InProgress)
    site.comment(ticket_id, "mona", "Is it plugged in?")
    alice = hand_of("alice", *REFUSED)
    alice.go("/settings/ticket")
    alice.follow(re.compile("^In progress"))
    expect(alice.part(".st-card", subject)).to_contain_text("1 new reply")
    alice.follow(subject)
    expect(main_of(alice)).to_contain_text("working on this")
    alice.follow(re.compile("^Reply"))
    expect(main_of(alice)).to_contain_text("Replying to Mona Field")
    alice.press("Send comment")
    expect(alice.page.locator(".st-errors")).to_contain_text("Comment: Enter some text.")
    alice.write("Your comment", "It is.\nStill cold.")
    alice.attach("Attachments", LOG)
    alice.press("Send comment")
    answer = alice.page.locator(".st-depth-1")
    expect(answer).to_contain_text("Still cold.")
    expect(answer).to_contain_text("night.log")
    assert number_of(alice) == ticket_id
    alice.follow("My tickets")
    expect(alice.part(".st-card", subject)).not_to_contain_text("new reply")


def test_says_whether_it_helped_and_reopens(hand_of, way, site):
    ticket_id = site.file(f"A radio, by {way}", TicketStatus.Resolved)
    alice = hand_of("alice")
    alice.go(f"/settings/ticket/{ticket_id}")
    expect(main_of(alice)).to_contain_text("is feedback")
    alice.write("Your feedback", "It plays, but only one song.")
    alice.press("Send feedback")
    expect(main_of(alice)).to_contain_text("only one song.")
    assert site.status(ticket_id) is TicketStatus.Resolved
    alice.press("Reopen ticket")
    expect(main_of(alice)).to_contain_text("working on this")
    assert site.status(ticket_id) is TicketStatus.InProgress
    site.move(ticket_id, Action.MarkAsResolved)
    site.move(ticket_id, Action.Close)
    alice.go(f"/settings/ticket/{ticket_id}")
    expect(main_of(alice)).to_contain_text("This ticket is closed")
    expect(alice.page.locator("textarea")).to_have_count(0)


def test_a_double_click_files_one_ticket(hand_of, way, site):
    subject = f"Twice, by {way}"
    alice = hand_of("alice", "net::ERR_ABORTED")
    alice.go("/settings/ticket/new")
    alice.write("Subject", subject)
    alice.write("Description", "Quickly.")
    alice.activate_twice(alice.page.get_by_role("button", name="Send ticket"))
    number_of(alice)
    alice.go("/settings/ticket")
    expect(alice.page.locator(".st-card", has_text=subject)).to_have_count(1)
    assert site.statuses(subject) == [TicketStatus.New]


@pytest.mark.parametrize("way", ["mouse", "no script"], indirect=True)
def test_a_token_that_is_too_old_loses_nothing(hand_of, way, site):
    alice = hand_of("alice", "status of 400")
    alice.go("/settings/ticket/new")
    alice.write("Subject", "Typed with care")
    alice.write("Description", "For an hour.")
    alice.page.locator("form[action$=new] [name=csrf_token]").evaluate("it => { it.value = ''; }")
    alice.press("Send ticket")
    expect(alice.page.locator(".st-errors")).to_be_visible()
    expect(alice.page.get_by_label("Subject")).to_have_value("Typed with care")
    expect(alice.page.get_by_label("Description")).to_have_value("For an hour.")
    alice.press("Send ticket")
    number_of(alice)
