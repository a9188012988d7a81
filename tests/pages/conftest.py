"""A signed-in requester, and the form of a new ticket."""

import pytest

from ..web.conftest import fill

NEW = "/settings/ticket/new"


@pytest.fixture
def requester(client_of, alice):
    """Return a client signed in as alice, who opens the tickets."""
    return client_of(alice)


def send_new(client, **fields):
    """Fill in the form of a new ticket and send it."""
    return client.post(
        NEW, data=fill(client, NEW, **{"subject": "S", "description": "D", **fields})
    )
