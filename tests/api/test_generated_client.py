"""A client that openapi-python-client generates from the document works without a change.

Rule J4.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import pytest

from flask_support_tickets.api.openapi import make_document

from ..browser.serving import serving

pytestmark = pytest.mark.slow

DATA = b"%PDF-1.4\n" + bytes(range(256)) * 300 + b"\r\n--boundary--\r\n"
PACKAGE = "tickets_client"


@pytest.fixture
def host_config():
    return {
        "SUPPORT_TICKETS_DEPARTMENTS": ["Häuser & Gärten", "IT"],
    }


@pytest.fixture
def generated(app, tmp_path, monkeypatch):
    """Generate the client, and return a function that imports its modules."""
    document, config = tmp_path / "openapi.json", tmp_path / "config.yml"
    document.write_text(json.dumps(make_document()))
    config.write_text("post_hooks: []\n")
    generate = [
        sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none",
        "--path", document, "--config", config, "--output-path", tmp_path / PACKAGE,
        "--fail-on-warning",
    ]  # fmt: skip
    done = subprocess.run(generate, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.syspath_prepend(tmp_path)
    yield lambda name: importlib.import_module(f"{PACKAGE}.{name}")
    for name in [each for each in sys.modules if each.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture
def connect(app, generated):
    """Return a function that returns a client for a user."""
    with serving(app) as address, ExitStack() as stack:

        def make(user):
            client = generated("client").AuthenticatedClient(address, user.username)
            return stack.enter_context(client)

        yield make


@pytest.fixture
def operations(generated):
    """Return the module of each operation by its name."""
    folder = Path(generated("api").__file__).parent
    return SimpleNamespace(**{
        path.stem: generated(f"api.{path.parent.name}.{path.stem}")
        for path in folder.glob("*/[a-z]*.py")
    })  # fmt: skip


def test_generated_client_takes_a_ticket_and_its_file_through_their_life(
    connect, generated, operations, alice, mona
):
    models, types = generated("models"), generated("types")
    requester, staff = connect(alice), connect(mona)
    file = types.File(DATA, file_name="Überblick.pdf", mime_type="application/pdf")
    upload = operations.create_attachment.sync(
        client=requester, body=models.NewAttachmentBody(file)
    ).data
    assert (upload.filename, upload.size) == ("Überblick.pdf", len(DATA))
    ticket = operations.create_ticket.sync(
        client=requester,
        body=models.NewTicketBody(
            subject="S", description="D", attachment_urls=[upload.url],
            department=models.DepartmentChoice("Häuser & Gärten"),
        ),
    ).data  # fmt: skip
    assert ticket.status is models.TicketStatus.NEW
    started = operations.change_status.sync(
        ticket.id, client=staff, if_match="", body=models.StartProgressBody("StartProgress")
    ).data
    assert (started.status, started.assigned_to_user_id) == (models.TicketStatus(1), mona.id)
    body = models.NewCommentBody(ticket_id=ticket.id, text="Which one?")
    comment = operations.create_comment.sync(client=staff, body=body).data
    listed = operations.list_comments.sync(ticket.id, client=requester).data
    assert [each.id for each in listed.comments] == [comment.id]
    key, name = ticket.attachment_urls[0].split("/")[-2:]
    found = operations.download_attachment.sync(key, unquote(name), client=staff)
    assert found.payload.read() == DATA
    resolved = operations.change_status.sync(
        ticket.id, client=staff,
        body=models.MarkAsResolvedBody(
            "MarkAsResolved", comment=models.StatusCommentBody("Rotated.")
        ),
    ).data  # fmt: skip
    assert resolved.status_name is models.TicketStatusName.RESOLVED
    events = operations.list_events.sync(ticket.id, client=requester).data.events
    assert [each.action for each in events] == [
        "Open", "StartProgress", "Comment", "Comment", "MarkAsResolved",
    ]  # fmt: skip


def test_generated_client_lists_by_cursor_and_by_every_filter(
    connect, generated, operations, alice, mona, make_ticket
):
    models, staff = generated("models"), connect(mona)
    ids = [make_ticket(department="IT").id for _ in range(3)]
    pages, cursor = [], generated("types").UNSET
    while cursor is not None:  # the client sends its default page, too
        page = operations.list_tickets.sync(client=staff, page_size=2, cursor=cursor).data
        pages.append([each.id for each in page.tickets])
        cursor = page.next_cursor
    assert pages == [[ids[2], ids[1]], [ids[0]]]
    found = operations.list_tickets.sync(
        client=staff, status="open", department="IT", order=models.TicketOrder.OLDEST,
        assigned_to=models.AssigneeKeyword.NONE, user_id=alice.id, search="",
        created_from=datetime(2020, 1, 1, tzinfo=UTC), created_before=datetime(9999, 1, 1).date(),
    ).data  # fmt: skip
    assert [each.id for each in found.tickets] == ids


def test_generated_client_parses_errors(connect, generated, operations, alice, bob, make_ticket):
    models, ticket = generated("models"), make_ticket()
    missing = operations.get_ticket.sync(ticket.id, client=connect(bob))
    assert missing.error.code == "not_found"
    body = models.NewTicketBody(subject=" ", description="D")
    invalid = operations.create_ticket.sync(client=connect(bob), body=body)
    assert invalid.error.fields["subject"] == ["Enter a subject."]
    early = models.NewCommentBody(ticket_id=ticket.id, text="Too early.")
    refused = operations.create_comment.sync(client=connect(alice), body=early)
    assert isinstance(refused, models.CommentsNotAllowedError)
    assert refused.error.status is models.TicketStatus.NEW
