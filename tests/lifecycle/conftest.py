"""Hosts without tickets yet, and the state of their license gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from ..hosts.small import Users, declare_users, dispose, make_app, sign_in

NEW_TICKET = {"subject": "No paper", "description": "None at all."}


@pytest.fixture
def users() -> Users:
    return declare_users()


@pytest.fixture
def host(users: Users) -> Iterator[Callable[..., Flask]]:
    """Make apps without tickets; their database connections are closed at the end."""
    made: list[tuple[Flask, Users]] = []

    def make(of: Users = users, **config: Any) -> Flask:
        app = make_app(of, **config)
        made.append((app, of))
        return app

    yield make
    for app, of in made:
        dispose(app, of)


def gate_of(app: Flask) -> bool:
    """Return whether the gate is open, and check that every face agrees."""
    user, staff = sign_in(app, "alice"), sign_in(app, "mona")
    api, menu = user.get("/api/tickets"), staff.get("/admin/").text
    assert 'href="/admin/"' in menu, "the rest of the menu is always there"
    answers = (
        api.status_code,
        (api.json.get("error") or {}).get("code"),
        user.get("/settings/ticket").status_code,
        staff.get("/admin/tickets/").status_code,
        'href="/admin/tickets/"' in menu,
    )
    is_open = answers == (200, None, 200, 200, True)
    assert is_open or answers == (403, "feature_not_licensed", 404, 404, False)
    return is_open


def count_of(app: Flask) -> int:
    """Return the number of tickets that staff see in the API."""
    total: int = sign_in(app, "mona").get("/api/tickets").json["data"]["totalCount"]
    return total
