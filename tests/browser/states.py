"""The states of the pages: who looks, where, and what has happened there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, expect

from flask_support_tickets import Action, TicketStatus

from .scene import Site

LIST, NEW, QUEUE = "/settings/ticket", "/settings/ticket/new", "/admin/tickets/"


@dataclass(frozen=True)
class State:
    """One of them. ``path`` names tickets of the scene: ``/settings/ticket/{New}``."""

    name: str
    path: str
    person: str | None
    #: Brings the page into the state, after it was opened.
    prepare: Callable[[Page, Site], Any] | None = None
    #: What the browser may complain of: answers that are no 200.
    expects: tuple[str, ...] = ()

    def open(self, open_as: Callable[..., Page], site: Site, **options: Any) -> Page:
        """Return a page that is in this state."""
        page = open_as(self.person, expects=self.expects, **options)
        page.goto(self.path.format(**site.places))
        if self.prepare is not None:
            self.prepare(page, site)
        return page

    @property
    def is_an_address(self) -> bool:
        """Whether an address of ours alone leads there."""
        return self.prepare is None and self.name != "not found"


def user(name: str, path: str, **more: Any) -> State:
    return State(name, path, more.pop("person", "alice"), **more)


def staff(name: str, path: str, **more: Any) -> State:
    return State(name, path, more.pop("person", "mona"), **more)


def press(name: str) -> Callable[[Page, Site], Any]:
    """Press the button of that name."""
    return lambda page, site: page.get_by_role("button", name=name).first.click()


def send_nothing(name: str) -> Callable[[Page, Site], Any]:
    """Send the form empty, and wait for the summary of what is wrong."""

    def prepare(page: Page, site: Site) -> None:
        page.get_by_role("button", name=name).click()
        expect(page.locator(".st-errors")).to_be_visible()

    return prepare


def lose_the_token(button: str) -> Callable[[Page, Site], Any]:
    """Send the form after its token has become too old."""

    def prepare(page: Page, site: Site) -> None:
        page.locator("[name=csrf_token]").last.evaluate("field => { field.value = 'old'; }")
        page.get_by_label("Subject").fill("What was typed")
        page.get_by_role("button", name=button).click()
        expect(page.locator(".st-errors")).to_be_visible()

    return prepare


def comment_too_late(path: str, button: str) -> Callable[[Page, Site], Any]:
    """Write to a ticket that somebody else moves meanwhile."""

    def prepare(page: Page, site: Site) -> None:
        ticket_id = site.file("Moved meanwhile", TicketStatus.InProgress)
        page.goto(path.format(ticket_id))
        site.move(ticket_id, Action.MarkAsResolved, by="adam")
        site.move(ticket_id, Action.Close, by="adam")
        page.locator("#text").fill("What was typed")
        page.get_by_role("button", name=button).click()
        expect(page.locator(".st-errors, .st-conflict")).to_be_visible()

    return prepare


def hear_of_news(page: Page, site: Site) -> None:
    """Stay on the page of a ticket while staff answer."""
    ticket_id = site.file("Open all day", TicketStatus.InProgress)
    site.comment(ticket_id, "mona", "A question.")
    page.clock.install()
    page.goto(f"{LIST}/{ticket_id}")
    page.get_by_label("Your comment").fill("What is being typed")
    site.comment(ticket_id, "mona", "Another question.")
    page.clock.fast_forward("00:31")
    expect(page.locator(".st-live")).to_be_visible()


def come_back_to_a_draft(page: Page, site: Site) -> None:
    """Open the form again after it was left half filled in."""
    page.get_by_label("Subject").fill("Half a thought " * 14)
    page.reload()
    expect(page.locator(".st-draft")).to_be_visible()
    expect(page.locator("#subject-left")).to_be_visible()


def answer(page: Page, site: Site) -> None:
    """Answer the first comment."""
    page.get_by_role("link", name=re.compile("^Reply")).first.click()
    expect(page.locator(".st-answered")).to_be_visible()


def look_before(label: str) -> Callable[[Page, Site], Any]:
    """Ask for a preview of what is in the field of that label."""

    def prepare(page: Page, site: Site) -> None:
        page.get_by_label(label).fill("See https://example.com/\n" + "and so on " * 30)
        page.get_by_role("button", name="Preview").click()
        expect(page.locator(".st-preview")).to_contain_text("and so on")

    return prepare


def reply_late(page: Page, site: Site) -> None:
    """Reply to a ticket to which others have written since it was opened."""
    ticket_id = site.file("Answered meanwhile", TicketStatus.InProgress)
    page.goto(f"{QUEUE}{ticket_id}")
    site.comment(ticket_id, "alice", "One thing more.")
    site.move(ticket_id, Action.Assign, by="adam", assigned_to_user_id=4)
    page.get_by_label("Reply to the ticket").fill("What was typed")
    page.get_by_role("button", name="Send reply").click()
    expect(page.locator(".st-conflict")).to_be_visible()


def open_all(page: Page, site: Site) -> None:
    """Unfold whatever is folded."""
    for summary in page.locator("main summary:visible").all():
        summary.click()


def show_keys(page: Page, site: Site) -> None:
    """Ask for the keys."""
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def move_several(*statuses: TicketStatus) -> Callable[[Page, Site], Any]:
    """Start several tickets at once, of which some cannot be started."""

    def prepare(page: Page, site: Site) -> None:
        ids = [site.file("One of several", status) for status in statuses]
        page.goto(QUEUE)
        for ticket_id in ids:
            page.get_by_label(f"Select ticket #{ticket_id}").check()
        page.get_by_label("With the selected tickets").select_option("StartProgress")
        page.get_by_role("button", name="Apply to selected").click()
        expect(page.get_by_role("heading", name="tickets done")).to_be_visible()

    return prepare


def move_nothing(page: Page, site: Site) -> None:
    """Apply a step without a ticket selected."""
    page.get_by_label("With the selected tickets").select_option("Close")
    page.get_by_role("button", name="Apply to selected").click()
    expect(page.locator("main")).to_contain_text("No ticket was selected.")


NOT_FOUND = ("status of 404",)
REFUSED = ("status of 422",)

USER_STATES = [
    user("list", LIST),
    user("list, page 2", f"{LIST}?page=2"),
    user("list, past the end", f"{LIST}?page=99"),
    user("list, one status", f"{LIST}?status=Resolved"),
    user("list, nothing of that status", f"{LIST}?status=Closed", person="noah"),
    user("list, search", f"{LIST}?search=white&status=New"),
    user("list, nothing found", f"{LIST}?search=nothinglikethat"),
    user("list, empty", LIST, person="adam"),
    user("list, a filter nobody understands", f"{LIST}?status=Odd", expects=REFUSED),
    user("list, long words", LIST, person="tom"),
    user("new", NEW),
    user("new, with a draft", NEW, prepare=come_back_to_a_draft),
    user("new, with a preview", NEW, prepare=look_before("Description")),
    user("new, refused", NEW, prepare=send_nothing("Send ticket"), expects=REFUSED),
    user("new, too late", NEW, prepare=lose_the_token("Send ticket"), expects=("status of 400",)),
    user("ticket, New", f"{LIST}/{{New}}"),
    user("ticket, InProgress", f"{LIST}/{{InProgress}}"),
    user("ticket, Resolved", f"{LIST}/{{Resolved}}"),
    user("ticket, Closed", f"{LIST}/{{Closed}}"),
    user("ticket, replies of replies", f"{LIST}/{{deep}}"),
    user("ticket, long words", f"{LIST}/{{long}}", person="tom"),
    user("ticket, many comments", f"{LIST}/{{paged}}"),
    user("ticket, with news", LIST, prepare=hear_of_news),
    user("ticket, past the last comment", f"{LIST}/{{paged}}?page=9"),
    user(
        "ticket, answering",
        f"{LIST}/{{deep}}",
        prepare=answer,
    ),
    user(
        "ticket, comment refused",
        f"{LIST}/{{InProgress}}",
        prepare=send_nothing("Send comment"),
        expects=REFUSED,
    ),
    user(
        "ticket, closed meanwhile",
        LIST,
        prepare=comment_too_late("/settings/ticket/{}", "Send comment"),
        expects=("status of 409",),
    ),
    user("not found", f"{LIST}/{{foreign}}", expects=NOT_FOUND),
]

STAFF_STATES = [
    staff("queue", QUEUE),
    staff("queue, page 2", f"{QUEUE}?page=2"),
    staff("queue, past the end", f"{QUEUE}?page=99"),
    staff("queue, one status", f"{QUEUE}?status=InProgress"),
    staff("queue, mine, waiting longest first", f"{QUEUE}?assignedTo=me&order=waiting"),
    staff("queue, unassigned, oldest first", f"{QUEUE}?assignedTo=none&order=oldest"),
    staff("queue, of somebody", f"{QUEUE}?assignedTo=4&department=Technical"),
    staff("queue, search", f"{QUEUE}?search=white"),
    staff("queue, search and filters", f"{QUEUE}?search=sign&status=New,InProgress&order=oldest"),
    staff("queue, nothing found", f"{QUEUE}?search=nothinglikethat"),
    staff("queue, a filter nobody understands", f"{QUEUE}?status=Odd", expects=REFUSED),
    staff(
        "queue, several moved",
        QUEUE,
        prepare=move_several(TicketStatus.New, TicketStatus.New, TicketStatus.Closed),
    ),
    staff("queue, none selected", QUEUE, prepare=move_nothing),
    staff("queue, its keys", QUEUE, prepare=show_keys),
    staff("ticket, New", f"{QUEUE}{{New}}"),
    staff("ticket, InProgress", f"{QUEUE}{{InProgress}}"),
    staff("ticket, Resolved", f"{QUEUE}{{Resolved}}"),
    staff("ticket, Closed", f"{QUEUE}{{Closed}}"),
    staff("ticket, replies of replies", f"{QUEUE}{{deep}}"),
    staff("ticket, long words", f"{QUEUE}{{long}}"),
    staff("ticket, many comments", f"{QUEUE}{{paged}}"),
    staff(
        "ticket, answering",
        f"{QUEUE}{{deep}}",
        prepare=answer,
    ),
    staff(
        "ticket, reply refused",
        f"{QUEUE}{{InProgress}}",
        prepare=send_nothing("Send reply"),
        expects=REFUSED,
    ),
    staff(
        "ticket, closed meanwhile",
        QUEUE,
        prepare=comment_too_late("/admin/tickets/{}", "Send reply"),
        expects=("status of 409",),
    ),
    staff("statistics", f"{QUEUE}stats"),
    staff("statistics, narrowed", f"{QUEUE}stats?weeks=26&assignedTo=me"),
    staff(
        "statistics, all numbers shown",
        f"{QUEUE}stats",
        prepare=lambda page, site: page.locator("summary").evaluate_all(
            "all => all.forEach(each => each.click())"
        ),
    ),
    staff("statistics, nothing there", f"{QUEUE}stats?department=Nowhere"),
    staff("statistics, a filter nobody understands", f"{QUEUE}stats?weeks=5", expects=REFUSED),
    staff("ticket, changed meanwhile", QUEUE, prepare=reply_late, expects=("status of 409",)),
    staff(
        "ticket, with a preview",
        f"{QUEUE}{{InProgress}}",
        prepare=look_before("Reply to the ticket"),
    ),
    staff("ticket, from a list", f"{QUEUE}{{InProgress}}?status=InProgress", prepare=open_all),
    staff("ticket, its keys", f"{QUEUE}{{New}}", prepare=show_keys),
    staff("not found", f"{QUEUE}999999", expects=NOT_FOUND),
]
