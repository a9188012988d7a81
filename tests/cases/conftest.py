"""What the tests across all faces share."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from ..conftest import form_fields

#: The form for a new ticket; its hidden fields are good for a post to any of our pages.
NEW = "/settings/ticket/new"


def by_token(client: FlaskClient, name: str) -> FlaskClient:
    """Return ``client``, which sends the token of ``name`` from now on."""
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {name}"
    return client


def fill(client: FlaskClient, **typed: Any) -> dict[str, Any]:
    """Return what a browser sends with a form: its hidden fields, and what was typed."""
    return {**form_fields(client.get(NEW).text), **typed}


def new_ticket(client: FlaskClient, **content: Any) -> Any:
    """Open a ticket through the API, and return the response."""
    return client.post("/api/tickets", json={"subject": "S", "description": "D", **content})
