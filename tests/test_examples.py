"""The Python client of the documentation, run as it is printed, against the example app.

The JavaScript client is in `tests/browser/test_api_pages.py`.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from example_app import create_app

from .browser.serving import serving

CLIENT = Path(__file__).parent.parent / "docs" / "examples" / "python_client.py"


@pytest.fixture
def module():
    spec = importlib.util.spec_from_file_location(CLIENT.stem, CLIENT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def client_of(module, tmp_path):
    app = create_app(instance_path=tmp_path)
    clients = []
    with serving(app) as address:

        def make(name):
            token = app.test_cli_runner().invoke(args=["token", name]).output.strip()
            clients.append(module.Tickets(address, token))
            return clients[-1]

        yield make
        for client in clients:
            client.session.close()


def test_python_client_of_the_docs_takes_a_ticket_through_its_life(client_of, module, tmp_path):
    alice, mona = client_of("alice"), client_of("mona")
    log = tmp_path / "night.log"
    log.write_text("out of memory\n")
    ticket = alice.open("From the client", "See the log.", log)
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
        alice.open("", "D")
    assert list(refused.value.fields) == ["subject"]
