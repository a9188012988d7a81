"""A page that stays open asks for changes, shows them on demand, and marks what was on screen as
read. Nothing that is being typed is lost."""

from playwright.sync_api import expect

from flask_support_tickets import Action

from ..chromium import NEEDS_CHROMIUM
from .hands import both_faces, file_input, payload

pytestmark = NEEDS_CHROMIUM

LIST, QUEUE = "/settings/ticket/{}", "/admin/tickets/{}"
#: After this, what the page has asked before is answered and dealt with.
ROUND_TRIP = "fetch(location.href, { method: 'HEAD' }).then(() => 1)"


def open_with_clock(open_as, who, path, ticket):
    """Open a ticket, in a window whose clock the test moves."""
    page = open_as(who, expects=("status of 401",), viewport={"width": 900, "height": 500})
    page.clock.install()
    page.goto(path.format(ticket))
    return page


def run_clock(page, seconds):
    """Run the page's clock; return the responses to the polls that it sent meanwhile."""
    requests = []
    page.on("request", lambda request: requests.append(request))
    page.clock.run_for(seconds * 1000)
    page.evaluate(ROUND_TRIP)
    polls = [each for each in requests if "/api/tickets/" in each.url or "/news?" in each.url]
    responses = [poll.response() for poll in polls]
    page.evaluate(ROUND_TRIP)
    return responses


def show_news(page):
    page.clock.run_for(31_000)
    page.get_by_role("button", name="Show", exact=True).click()


@both_faces
def test_polling_is_conditional_becomes_rarer_and_ends_with_the_session(open_as, ticket, who, path):
    page = open_with_clock(open_as, who, path, ticket)
    [first] = run_clock(page, 31)
    assert first.status in (204, 304)
    assert run_clock(page, 31) == []
    assert len(run_clock(page, 31)) == 1
    page.context.clear_cookies()
    [last] = run_clock(page, 301)
    assert last.status in (302, 401)
    assert run_clock(page, 3600) == []


@both_faces
def test_comment_is_marked_as_read_once_it_was_on_screen(open_as, site, ticket, who, path):
    """Rule R1."""
    other = "mona" if who == "alice" else "alice"
    site.comment(ticket, other, "Look!")
    page = open_as(who)
    page.goto(path.format(ticket))
    new = page.locator(".st-comment :is(.st-unread, .st-unread-mark)")
    expect(new).to_have_count(1)
    new.scroll_into_view_if_needed()
    expect(page.get_by_role("button", name="Mark as read")).to_have_count(0)
    page.reload()
    expect(new).to_have_count(0)


def test_new_replies_are_announced_and_shown_in_place_without_moving_the_page(
    open_as, site, ticket
):
    root = site.comment(ticket, "alice", "Mine.")
    site.comment(ticket, "alice", "Last.")
    page = open_with_clock(open_as, "alice", LIST, ticket)
    page.get_by_label("Your reply").fill("I am just writing")
    page.evaluate("scrollTo(0, 40)")
    first = site.comment(ticket, "mona", "In between.", parent_comment_id=root)
    site.comment(ticket, "mona", "Very last.")
    page.clock.run_for(31_000)
    bar = page.locator(".st-live")
    expect(bar).to_contain_text("2 new replies")
    assert page.evaluate("scrollY") == 40
    expect(page.locator(f"#comment-{first}")).to_have_count(0)
    bar.get_by_role("button", name="Show").click()
    texts = page.locator(".st-comment .st-text")
    expect(texts).to_have_text(["Mine.", "In between.", "Last.", "Very last."])
    expect(page.locator(f"#comment-{first}")).to_be_focused()
    expect(page.get_by_label("Your reply")).to_have_value("I am just writing")
    expect(bar).to_have_count(0)


def test_typed_comment_becomes_feedback_when_staff_resolve_the_ticket(open_as, site, ticket):
    page = open_with_clock(open_as, "alice", LIST, ticket)
    page.get_by_label("Your reply").fill("It does not")
    site.move(ticket, Action.MarkAsResolved)
    show_news(page)
    expect(page.locator("[aria-current=step]")).to_have_text("Resolved")
    expect(page.locator(".st-event").last).to_contain_text("marked the ticket as resolved")
    expect(page.get_by_role("button", name="Reopen ticket")).to_be_visible()
    expect(page.get_by_label("Your reply")).to_have_value("It does not")
    file_input(page).set_input_files(payload("a.log"))
    page.get_by_role("button", name="Send feedback").click()
    expect(page.locator(".st-own")).to_contain_text("It does not")
    expect(page.get_by_role("link", name="a.log")).to_be_visible()


def test_staff_see_new_comments_and_send_what_they_typed_without_a_conflict(open_as, site, ticket):
    """Rule E3."""
    page = open_with_clock(open_as, "mona", QUEUE, ticket)
    page.locator("#text").fill("Half a sentence")
    comment = site.comment(ticket, "alice", "One more thing.")
    page.clock.run_for(31_000)
    bar = page.locator("[data-st-news]")
    expect(bar).to_contain_text("Alice Rivers replied")
    expect(page.locator(f"#comment-{comment}")).to_have_count(0)
    expect(page.locator("#text")).to_be_focused()
    bar.get_by_role("button", name="Show").click()
    expect(page.locator(f"#comment-{comment}")).to_be_focused()
    expect(page.locator("#text")).to_have_value("Half a sentence")
    expect(bar).to_be_empty()
    page.get_by_role("button", name="Send reply").click()
    expect(page.locator(".st-timeline")).to_contain_text("Half a sentence")


def test_reply_form_follows_the_status_and_keeps_what_was_typed(open_as, site):
    ticket = site.open("Not started yet")
    page = open_with_clock(open_as, "mona", QUEUE, ticket)
    expect(page.get_by_role("button", name="Start and reply")).to_be_visible()
    site.move(ticket, Action.StartProgress, by="adam")
    show_news(page)
    expect(page.locator("[data-st-drop-hint]")).to_be_visible()
    page.locator("#text").fill("Too late")
    site.move(ticket, Action.MarkAsResolved, by="adam")
    show_news(page)
    expect(page.get_by_role("button", name="Reopen and reply")).to_be_visible()
    expect(page.locator("#text")).to_have_value("Too late")
    expect(page.get_by_role("button", name="Send reply")).to_have_count(0)
    site.move(ticket, Action.Reopen, by="adam")
    show_news(page)
    page.get_by_role("button", name="Send reply").click()
    expect(page.locator(".st-timeline")).to_contain_text("Too late")
