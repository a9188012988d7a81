"""Pages that use the API in a browser: Swagger UI, and the JavaScript client of the docs."""

from pathlib import Path

from playwright.sync_api import expect

from flask_support_tickets.api.operation import OPERATIONS
from flask_support_tickets.webhook_settings import EVENT_TYPES

from ..chromium import NEEDS_CHROMIUM

pytestmark = NEEDS_CHROMIUM

CLIENT = Path(__file__).parents[2] / "docs" / "examples" / "fetch_client.js"
#: Opens a ticket with a file, follows it until it was unchanged twice, and lists the tickets.
USE_CLIENT = """async () => {
    const tickets = await import("/fetch_client.js");
    const file = new File(["out of memory"], "night.log", { type: "text/plain" });
    const made = await tickets.openTicket("From the page", "See the log.", [file]);
    const seen = [], stop = new AbortController(), send = fetch;
    let unchanged = 0;
    window.fetch = async (...request) => {
        const answer = await send(...request);
        if (answer.status === 304 && ++unchanged === 2) stop.abort();
        return answer;
    };
    await tickets.followTicket(made.id, (ticket) => seen.push(ticket.statusName), {
        signal: stop.signal, everySeconds: 0.05 });
    const ids = [];
    for await (const ticket of tickets.walk("/api/tickets", "tickets")) ids.push(ticket.id);
    let code = "";
    try { await tickets.addComment(made.id, "Too early"); } catch (error) { code = error.code; }
    return { made, seen, ids, code };
}"""


def test_api_docs_page_lists_every_operation_and_tries_one(open_as):
    """Rule J4."""
    page = open_as("mona")
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto("/api/tickets/docs")
    expect(page.locator(".opblock")).to_have_count(len(OPERATIONS) + len(EVENT_TYPES))
    listing = page.locator("#operations-tickets-list_tickets")
    listing.locator(".opblock-summary-control").click()
    listing.get_by_role("button", name="Try it out").click()
    listing.get_by_role("button", name="Execute").click()
    answer = listing.locator(".live-responses-table .response-col_status").nth(1)
    expect(answer).to_contain_text("200")


def test_javascript_client_of_the_docs_opens_follows_and_lists_tickets(open_as):
    page = open_as("alice", expects=("status of 409",))
    page.route(
        "**/fetch_client.js",
        lambda route: route.fulfill(body=CLIENT.read_text("utf-8"), content_type="text/javascript"),
    )
    page.goto("/settings/ticket")
    found = page.evaluate(USE_CLIENT)
    assert found["made"]["attachmentUrls"][0].endswith("/night.log")
    assert found["seen"] == ["New"]
    assert found["ids"][0] == found["made"]["id"]
    assert found["code"] == "comments_not_allowed"
