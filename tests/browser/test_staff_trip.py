"""Trips of staff, in the same four ways as the requester's, and every page on them examined."""

import re

import pytest
from playwright.sync_api import expect

from flask_support_tickets import Action, TicketStatus

from ..chromium import NEEDS_CHROMIUM
from .hands import WAYS, payload
from .scene import STARTED

pytestmark = [*NEEDS_CHROMIUM, pytest.mark.parametrize("way", WAYS)]

QUEUE = "/admin/tickets/"
ROW = "tr[data-ticket-id]"


def filter_by(mona, **choices):
    """Choose options in the filter menu, and apply them."""
    mona.activate(mona.page.locator("summary", has_text="Filter"))
    for label, option in choices.items():
        mona.choose(label, option)
    mona.press("Apply")
    expect(mona.page.locator(".st-chip").first).to_be_visible()


def find_and_start(mona, word):
    """Find a new ticket with the filters of the queue, and start on it there."""
    mona.page.goto("/admin/")
    mona.follow("Support Tickets")
    mona.examine("tickets")
    mona.follow(re.compile(r"^New\b"), within="main")
    filter_by(mona, **{"Assigned to": "Unassigned", "Department": "Abuse"})
    mona.write("Search all tickets", word)
    mona.page.keyboard.press("Enter")
    mona.page.wait_for_url(f"**search={word}**")
    expect(mona.page.locator(ROW)).to_have_count(1)
    expect(mona.page.locator("tr mark")).to_have_text([word])
    mona.examine()
    mona.press(re.compile("^Start Progress"), within=ROW)
    mona.examine("No tickets match your search or filters.")
    mona.follow(re.compile("^In progress"))
    filter_by(mona, **{"Assigned to": "Me"})
    expect(mona.part(ROW, word)).to_contain_text("Mona Field")


def reply_with_a_file(mona, ticket_id, site):
    """Reply, refused once for want of text and once because the requester was faster."""
    mona.press("Send reply")
    expect(mona.page.locator(".st-errors")).to_contain_text("Enter your reply.")
    mona.examine()
    mona.write("Your reply", "Which button?")
    mona.attach(payload("printer.log"))
    mona.press("Send reply")
    expect(mona.part(".st-comment", "Which button?")).to_contain_text("printer.log")
    comment_id = site.comment(ticket_id, "alice", "The red one.")
    mona.write("Your reply", "Any button?")
    mona.press("Send reply")
    conflict = mona.page.locator(".st-conflict")
    expect(conflict).to_contain_text("Alice Rivers")
    mona.examine()
    expect(mona.page.get_by_label("Your reply")).to_have_value("Any button?")
    mona.press("Send reply")
    expect(mona.part(".st-comment", "Any button?")).to_be_visible()
    mona.follow(re.compile("^Reply"), within=f"#comment-{comment_id}")
    mona.examine("Replying to")
    mona.write("Your reply", "Press the green one.")
    mona.press("Send reply")
    expect(mona.part(".st-depth-1", "Press the green one.")).to_be_visible()


def test_staff_find_answer_reassign_and_close_a_ticket(hand_of, site, way):
    word = f"Teapot{way.replace(' ', '')}"
    ticket_id = site.open(word, department="Abuse")
    mona = hand_of("mona", way, "status of 422", "status of 409")
    find_and_start(mona, word)
    mona.page.goto(f"{QUEUE}{ticket_id}")
    mona.examine("Your reply")
    reply_with_a_file(mona, ticket_id, site)
    mona.choose("Reassign to", "Adam North")
    mona.press(re.compile("^Assign$"))
    expect(mona.page.locator(".st-fields").first).to_contain_text("Adam North")
    mona.press(re.compile("^Mark Resolved"))
    mona.examine("Reopen and reply")
    mona.press(re.compile("^Reopen #"))
    expect(mona.page.get_by_label("Your reply")).to_be_visible()
    site.move(ticket_id, Action.MarkAsResolved)
    site.comment(ticket_id, "alice", "Thank you!")
    mona.page.goto(f"{QUEUE}{ticket_id}")
    mona.examine("Feedback after resolution")
    mona.press(re.compile("^Close #"))
    if way == "no script":
        mona.press("Close")
    mona.examine("This ticket is closed.")
    assert site.statuses(word) == [TicketStatus.Closed]


def test_staff_update_several_tickets_at_once(hand_of, site, way):
    """Rule W6."""
    subject = f"Spoons, by {way}"
    ids = [site.open(subject) for _ in range(3)]
    site.move(ids[1], Action.StartProgress, by="adam")
    mona = hand_of("mona", way)
    mona.page.goto(QUEUE)
    if way == "no script":  # the script shows the bar once a ticket is selected
        mona.choose("Action for selected tickets", "Close")
        mona.press("Apply to selected")
        mona.examine("Select at least one ticket first.")
    for ticket_id in ids:
        mona.tick(f"Select ticket #{ticket_id}")
    mona.choose("Action for selected tickets", "Start Progress")
    mona.press("Apply to selected")
    results = mona.page.locator(".st-results")
    expect(results).to_contain_text("2 of 3 tickets updated")
    mona.examine()
    assert site.statuses(subject) == [STARTED] * 3


def test_staff_walk_through_a_filtered_queue_and_export_it(hand_of, site, way):
    """Rule D1."""
    names = [f"Ladle {number}, by {way}" for number in range(3)]
    ids = [site.open(name, department="Abuse") for name in names]
    mona = hand_of("mona", way)
    mona.page.goto(f"{QUEUE}?status=New&department=Abuse")
    mona.follow(names[2], within=f"{ROW}[data-ticket-id='{ids[2]}']")
    expect(mona.page.locator(".st-walk [rel=prev]")).to_have_count(0)
    for ticket_id in (ids[1], ids[0]):
        mona.follow(re.compile("^Next"))
        expect(mona.page).to_have_url(re.compile(rf"/{ticket_id}\b"))
    mona.follow(re.compile("Previous"))
    expect(mona.page.locator("h1")).to_contain_text(names[1])
    mona.press(re.compile("^Start Progress"))
    expect(mona.page.locator(".st-head")).to_contain_text("In progress")
    mona.follow("Back to the queue", within="main")
    expect(mona.part(ROW, names[2])).to_be_visible()
    expect(mona.page.locator(ROW, has_text=names[1])).to_have_count(0)
    mona.activate(mona.page.locator("summary[aria-label=More]"))
    with mona.page.expect_download() as download:
        mona.follow(re.compile("^Export"))
    lines = download.value.path().read_text("utf-8-sig")
    assert names[2] in lines
    assert names[1] not in lines


def test_staff_are_asked_before_they_close_tickets(hand_of, site, way):
    """By a dialog, or by a page without JavaScript. Rule W7."""
    name, questions = f"Kettle, by {way}", []
    ticket_id = site.open(name, TicketStatus.Resolved)
    row, close = f"{ROW}[data-ticket-id='{ticket_id}']", re.compile("^Close")
    mona = hand_of("mona", way)
    mona.page.on("dialog", lambda dialog: questions.append(dialog.message))
    mona.page.goto(f"{QUEUE}?status=Resolved")
    mona.press(close, within=row)
    if way == "no script":
        mona.examine("Close #")
        mona.follow("Cancel")
        assert site.statuses(name) == [TicketStatus.Resolved]
        mona.press(close, within=row)
        mona.press("Close")
    expect(mona.page.get_by_text(f"Ticket #{ticket_id} is now “Closed”.")).to_be_visible()
    assert questions == ([] if way == "no script" else ["Closed tickets can't be reopened."])
