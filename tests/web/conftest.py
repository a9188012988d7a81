"""The two ticket pages, and what a browser sends from them."""

from types import SimpleNamespace

import pytest

from flask_support_tickets import TicketStatus

from ..conftest import form_fields


@pytest.fixture(params=["requester", "staff"])
def face(request, client_of, alice, mona, make_ticket):
    """Return who reads, who wrote, and the reader's page of a ticket in progress."""
    ticket = make_ticket(TicketStatus.InProgress)
    if request.param == "requester":
        reader, writer, url = alice, mona, f"/settings/ticket/{ticket.id}"
    else:
        reader, writer, url = mona, alice, f"/admin/tickets/{ticket.id}"
    return SimpleNamespace(
        client=client_of(reader), reader=reader, writer=writer, url=url, ticket=ticket
    )


def fill(client, url, **fields):
    """Open the form at ``url`` and return what a browser would send."""
    page = client.get(url)
    assert page.status_code == 200
    return {**form_fields(page.text), **fields}
