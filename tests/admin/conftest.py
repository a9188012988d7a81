"""A signed-in staff member, and what the staff's pages show."""

import re

import pytest

from ..conftest import form_fields
from .desks import build_desk, close_desk


@pytest.fixture
def staff(client_of, mona):
    """Return a client signed in as mona, a moderator."""
    return client_of(mona)


@pytest.fixture
def make_desk():
    """Make shops: ``make_desk(HelpDesk, policy=…)``. See `build_desk`."""
    made = []

    def make(view=None, **options):
        made.append(build_desk(view, **options))
        return made[-1]

    yield make
    for desk in made:
        close_desk(desk)


def rows(page):
    """Return ``{ticket id: the HTML of its row}`` of the queue, in its order."""
    found = re.findall(r'<tr data-ticket-id="(\d+)"[^>]*>(.*?)</tr>', page, re.S)
    return {int(ticket_id): row for ticket_id, row in found}


def buttons(html):
    """Return the labels of the submit buttons."""
    html = re.sub("</?(?:bdi|span)>", "", html)
    return set(re.findall(r'<button[^>]*type="submit"[^>]*>([^<]+)<', html))


def token_of(client):
    """Return a CSRF token of the client's session."""
    return form_fields(client.get("/settings/ticket/new").text)["csrf_token"]


def press(client, ticket_id, action, *, query="", **fields):
    """Press the button of ``action`` and return the response."""
    data = {"csrf_token": token_of(client), "action": action, **fields}
    return client.post(f"/admin/tickets/{ticket_id}/status{query}", data=data)
