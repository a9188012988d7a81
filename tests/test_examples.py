"""The clients of the documentation, run as they are printed, against the example app."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from example_app import create_app

from .chromium import NEEDS_CHROMIUM
from .browser.people import people
from .browser.serving import serving

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
#: A page of the site lives a ticket with the client.
LIVE = """async () => {
  const tickets = await import("/fetch_client.js");
  const file = new File(["out of memory"], "night.log", { type: "text/plain" });
  const made = await tickets.fileTicket("From the page", "See the log.", [file]);
  const seen = [];
  const stop = new AbortController();
  const following = tickets.followTicket(made.id, (ticket) => seen.push(ticket.statusName), {
    signal: stop.signal, everySeconds: 0.05,
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  stop.abort();
  await following;
  const ids = [];
  for await (const ticket of tickets.walk("/api/tickets", "tickets")) ids.push(ticket.id);
  let code = "";
  try { await tickets.addComment(made.id, "Too early"); } catch (error) { code = error.code; }
  return { made, seen, ids, code };
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    app = create_app(instance_path=tmp_path_factory.mktemp("instance"))
    with serving(app) as address:
        yield app, address


@pytest.fixture
def module():
    path = EXAMPLES / "python_client.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def client_of(site, module):
    app, address = site
    clients = []

    def make(name):
        token = app.test_cli_runner().invoke(args=["token", name]).output.strip()
        clients.append(module.Tickets(address, token))
        return clients[-1]

    yield make
    for client in clients:
        client.session.close()


def test_the_python_client_lives_a_ticket(client_of, module, tmp_path):
    alice, mona = client_of("alice"), client_of("mona")
    log = tmp_path / "night.log"
    log.write_text("out of memory\n")
    ticket = alice.file("From the client", "See the log.", log)
    assert ticket["attachmentUrls"][0].endswith("/night.log")
    path = f"/api/tickets/{ticket['id']}"
    first = mona.read(path)
    assert mona.read(path) is first  # a 304
    moved = mona.move(first, "StartProgress")
    assert moved["statusName"] == "InProgress"
    with pytest.raises(module.TicketError) as stale:
        mona.move(first, "MarkAsResolved")
    assert (stale.value.code, stale.value.status) == ("precondition_failed", 1)
    comment = mona.comment(ticket["id"], "Which browser?")
    alice.comment(ticket["id"], "Firefox.", reply_to=comment["id"])
    mona.move(mona.read(path), "MarkAsResolved")
    assert mona.read(path)["statusName"] == "Resolved"
    ids = [row["id"] for row in alice.walk("/api/tickets", "tickets")]
    assert ticket["id"] == ids[0]
    with pytest.raises(module.TicketError) as refused:
        alice.file("", "D")
    assert list(refused.value.fields) == ["subject"]


class TestInABrowser:
    pytestmark = NEEDS_CHROMIUM

    def test_the_javascript_client_lives_a_ticket(self, browser, site):
        _, address = site
        source = (EXAMPLES / "fetch_client.js").read_text("utf-8")
        with people(browser, address) as open_as:
            page = open_as("alice", expects=("status of 409",))
            page.route(
                "**/fetch_client.js",
                lambda route: route.fulfill(body=source, content_type="text/javascript"),
            )
            page.goto("/settings/ticket")
            found = page.evaluate(LIVE)
        assert found["made"]["attachmentUrls"][0].endswith("/night.log")
        assert found["seen"] == ["New"]  # once: afterwards nothing had changed
        assert found["ids"][0] == found["made"]["id"]
        assert found["code"] == "comments_not_allowed"
