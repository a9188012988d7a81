"""What the adversarial cases share: clients by cookie and by token, and all that there is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from flask_support_tickets.current import current_tickets

from ..conftest import form_fields
from ..host import User

#: The user pages' form; its hidden fields go with a post to any of our pages.
NEW = "/settings/ticket/new"


def by_token(client: FlaskClient, name: str) -> FlaskClient:
    """Return ``client``, which sends the token of ``name`` along from now on."""
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {name}"
    return client


@pytest.fixture(params=["cookie", "token"])
def client_by(
    request: pytest.FixtureRequest, client_of: Callable[[User | None], FlaskClient]
) -> Callable[[User | None], FlaskClient]:
    """Return a client of one user, who is known by cookie, or by token; ``None`` is nobody."""

    def make(user: User | None) -> FlaskClient:
        if request.param == "cookie" or user is None:
            return client_of(user)
        return by_token(client_of(None), user.username)

    return make


@pytest.fixture
def state(app: Flask, everything: Callable[[], Any]) -> Callable[[], Any]:
    """Return every row of every table, and the path of every file."""
    return lambda: (everything(), sorted(current_tickets.store.walk()))


def fill(client: FlaskClient, **typed: Any) -> dict[str, Any]:
    """Return what a browser sends with a form of ours: its hidden fields, and what was typed."""
    return {**form_fields(client.get(NEW).text), **typed}


def in_time(seconds: float, send: Callable[[], Any]) -> Any:
    """Return an answer that came within ``seconds``: a busy machine may be late, but not always."""
    for _ in range(3):
        started = time.monotonic()
        answer = send()
        if time.monotonic() - started < seconds:
            return answer
    raise AssertionError(f"no answer within {seconds} seconds")


def new_ticket(client: FlaskClient, **content: Any) -> Any:
    """File a ticket through the API, and return the answer."""
    return client.post("/api/tickets", json={"subject": "S", "description": "D", **content})
