"""Fixtures for the tests of attachments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient

from flask_support_tickets.current import current_tickets
from tests.host import User, db


class Kept(NamedTuple):
    """The number of tickets, the rows of files, and the paths in the store."""

    tickets: int
    files: list[Any]
    paths: list[str]


@pytest.fixture
def settings(app: Flask, database_uri: str, host_config: dict[str, Any]) -> dict[str, Any]:
    """Return what `servers.start` needs to serve the host that the test inspects."""
    storage = app.config["SUPPORT_TICKETS_STORAGE"]
    return {"uri": database_uri, "SUPPORT_TICKETS_STORAGE": storage, **host_config}


@pytest.fixture
def client(client_of: Callable[..., FlaskClient], alice: User) -> FlaskClient:
    """Return alice's client."""
    return client_of(alice)


@pytest.fixture
def kept(app: Flask) -> Callable[[], Kept]:
    """Return the tickets and files that exist now."""

    def look() -> Kept:
        models = current_tickets.models
        file = models.TicketAttachment
        db.session.rollback()
        tickets = db.session.scalar(db.select(db.func.count()).select_from(models.Ticket))
        files = db.session.scalars(db.select(file).where(file.storage_key.is_not(None))).all()
        for row in files:
            db.session.expunge(row)
        db.session.rollback()
        return Kept(tickets, list(files), sorted(current_tickets.store.walk()))

    return look
