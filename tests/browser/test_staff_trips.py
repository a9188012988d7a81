"""Staff clear the queue: each trip by mouse, without JavaScript, by keyboard, on a phone."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from flask_support_tickets import Action, TicketStatus

from ..chromium import NEEDS_CHROMIUM

pytestmark = NEEDS_CHROMIUM

REFUSED = ("status of 422",)
LOG = {"name": "printer.log", "mimeType": "text/plain", "buffer": b"out of paper\n"}


def row_of(hand, subject):
    return hand.part("tr[data-ticket-id]", subject)


def main_of(hand):
    return hand.page.locator("main")


def test_finds_a_ticket_and_starts_on_it(hand_of, way, site):
    word = f"Teapot{way.replace(' ', '')}"
    ticket_id = site.file(f"{word} is cold", department="Abuse")
    mona = hand_of("mona")
    mona.go("/admin/")
    mona.follow("Support Tickets")
    mona.follow(re.compile(r"^New\b"))
    mona.follow("Unassigned")
    mona.choose("Department", "Abuse")
    mona.write("Search all tickets", word)
    mona.press("Apply")
    expect(mona.page.locator("tr[data-ticket-id]")).to_have_count(1)
    expect(mona.page.locator("tr mark")).to_have_text([word])
    assert "status=New" in mona.page.url
    assert "assignedTo=none" in mona.page.url
    mona.press(re.compile("^Start Progress"), within=row_of(mona, word))
    expect(main_of(mona)).to_contain_text("No ticket matches.")
    mona.follow(re.compile("^In progress"))
    mona.follow("Mine")
    expect(row_of(mona, word)).to_contain_text("Mona Field")
    assert site.status(ticket_id) is TicketStatus.InProgress


def test_answers_resolves_and_closes(hand_of, way, site):
    ticket_id = site.file(f"A pot, by {way}", TicketStatus.New)
    mona = hand_of("mona", *REFUSED)
    mona.go(f"/admin/tickets/{ticket_id}")
    expect(mona.page.locator("textarea")).to_have_count(0)
    mona.press(re.compile("^Start Progress"), within=main_of(mona))
    mona.press("Send reply")
    expect(mona.page.locator(".st-errors")).to_contain_text("Enter some text.")
    mona.write("Reply to the ticket", "Which button?")
    mona.attach("Attachments", LOG)
    mona.press("Send reply")
    reply = mona.part(".st-comment", "Which button?")
    expect(reply).to_contain_text("printer.log")
    comment_id = site.comment(ticket_id, "alice", "The red one.")
    mona.go(f"/admin/tickets/{ticket_id}")
    mona.follow(re.compile("^Reply"), within=mona.page.locator(f"#comment-{comment_id}"))
    mona.write("Reply to the ticket", "Press the green one.")
    mona.press("Send reply")
    expect(mona.part(".st-depth-1", "Press the green one.")).to_be_visible()
    mona.press(re.compile("^Mark Resolved"))
    expect(main_of(mona)).to_contain_text("This ticket is resolved.")
    site.comment(ticket_id, "alice", "Thank you!")
    mona.go(f"/admin/tickets/{ticket_id}")
    expect(main_of(mona)).to_contain_text("Feedback since resolved")
    mona.press(re.compile("^Close #"))
    expect(main_of(mona)).to_contain_text("This ticket is closed.")
    assert site.status(ticket_id) is TicketStatus.Closed


def test_hands_over_and_reopens(hand_of, way, site):
    ticket_id = site.file(f"A wheel, by {way}", TicketStatus.InProgress)
    mona = hand_of("mona")
    mona.go(f"/admin/tickets/{ticket_id}")
    mona.choose("Hand over to", "Adam North")
    mona.press(re.compile("^Assign$"))
    expect(mona.page.locator(".st-fields").first).to_contain_text("Adam North")
    mona.press(re.compile("^Mark Resolved"))
    mona.press(re.compile("^Reopen"))
    expect(mona.page.get_by_label("Reply to the ticket")).to_be_visible()
    assert site.status(ticket_id) is TicketStatus.InProgress


def test_moves_several_at_once(hand_of, way, site):
    subject = f"Spoons, by {way}"
    ids = [site.file(subject) for _ in range(3)]
    site.move(ids[1], Action.StartProgress, by="adam")
    mona = hand_of("mona")
    mona.go("/admin/tickets/")
    mona.press("Apply to selected")
    for ticket_id in ids:
        mona.tick(mona.page.get_by_label(f"Select ticket #{ticket_id}"))
    mona.choose("With the selected tickets", "Start Progress")
    mona.press("Apply to selected")
    results = mona.page.locator(".st-results")
    expect(results).to_contain_text("2 of 3 tickets done")
    expect(results.get_by_role("listitem")).to_have_count(3)
    assert site.statuses(subject) == [TicketStatus.InProgress] * 3
    for ticket_id in ids:
        mona.tick(mona.page.get_by_label(f"Select ticket #{ticket_id}"))
    mona.choose("With the selected tickets", "Adam North")
    mona.press("Apply to selected")
    expect(row_of(mona, subject)).to_contain_text("Adam North")


def test_walks_through_what_a_filter_found(hand_of, way, site):
    names = [f"Ladle {number}, by {way}" for number in range(3)]
    ids = [site.file(name, department="Abuse") for name in names]
    site.file("Not of these", department="Billing")
    mona = hand_of("mona")
    mona.go("/admin/tickets/?status=New&department=Abuse")
    mona.follow(re.compile(r"^View"), within=row_of(mona, names[2]))
    expect(mona.page.locator(".st-walk [rel=prev]")).to_have_count(0)
    for ticket_id in (ids[1], ids[0]):
        mona.follow(re.compile("^Next"))
        expect(mona.page).to_have_url(re.compile(rf"/{ticket_id}\b"))
    mona.follow(re.compile("Previous"))
    expect(mona.page.locator("h1")).to_contain_text(names[1])
    mona.press(re.compile("^Start Progress"), within=main_of(mona))
    expect(mona.page.locator(".st-head")).to_contain_text("In progress")
    mona.follow(re.compile("Back to"), within=main_of(mona))
    expect(row_of(mona, names[2])).to_be_visible()
    expect(mona.page.locator("tr[data-ticket-id]", has_text=names[1])).to_have_count(0)


def test_takes_what_a_filter_found_away(hand_of, way, site):
    word = f"Sieve{way.replace(' ', '')}"
    site.file(f"{word}, =1+1")
    mona = hand_of("mona")
    mona.go(f"/admin/tickets/?search={word}")
    with mona.page.expect_download() as download:
        mona.follow(re.compile("^Export"))
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert word in lines[1]


def test_is_told_of_what_others_did_and_loses_nothing(hand_of, way, site):
    ticket_id = site.file(f"A fork, by {way}", TicketStatus.InProgress)
    mona = hand_of("mona", "status of 409")
    mona.go(f"/admin/tickets/{ticket_id}")
    site.comment(ticket_id, "alice", "It bends by itself.")
    mona.write("Reply to the ticket", "Does it bend?")
    mona.press("Send reply")
    notice = mona.page.locator(".st-conflict")
    expect(notice).to_contain_text("has changed since you opened it")
    expect(notice).to_contain_text("Alice Rivers")
    expect(mona.page.get_by_label("Reply to the ticket")).to_have_value("Does it bend?")
    mona.press("Send reply")
    expect(mona.part(".st-comment", "Does it bend?")).to_be_visible()
