"""Hosts without tickets yet, and how their gate is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from ..hosts.small import Users, declare_users, dispose, make_app, sign_in

NEW_TICKET = {"subject": "No paper", "description": "None at all."}
ALL_OFF = {"supportTickets": False}


@pytest.fixture
def users() -> Users:
    return declare_users()


@pytest.fixture
def host(users: Users) -> Iterator[Callable[..., Flask]]:
    """Make apps without tickets; their databases are given back in the end."""
    made: list[tuple[Flask, Users]] = []

    def make(of: Users = users, **config: Any) -> Flask:
        app = make_app(of, **config)
        made.append((app, of))
        return app

    yield make
    for app, of in made:
        dispose(app, of)


def gate_of(app: Flask, admin: str = "/admin") -> bool:
    """Whether the gate is open; every face must say the same."""
    user, staff = sign_in(app, "alice"), sign_in(app, "mona")
    api = user.get("/api/tickets")
    answers = {
        "api": api.status_code,
        "code": (api.json.get("error") or {}).get("code"),
        "page": user.get("/settings/ticket").status_code,
        "admin": staff.get(f"{admin}/tickets/").status_code,
        "menu": f'href="{admin}/tickets/"' in staff.get(f"{admin}/").text,
    }
    on = {"api": 200, "code": None, "page": 200, "admin": 200, "menu": True}
    off = {"api": 403, "code": "feature_not_licensed", "page": 404, "admin": 404, "menu": False}
    assert answers in (on, off)
    return answers == on


def count_of(app: Flask) -> int:
    """The number of tickets that staff see in the API."""
    total: int = sign_in(app, "mona").get("/api/tickets").json["data"]["totalCount"]
    return total
