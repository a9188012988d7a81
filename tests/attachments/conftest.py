"""What the tests of attachments share: a host's settings, and what is left in table and store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from flask import Flask

from flask_support_tickets.current import current_tickets
from tests.host import db


class Kept(NamedTuple):
    """What there is: the number of tickets, the rows of files, and the paths in the store."""

    tickets: int
    files: list[Any]
    paths: list[str]


@pytest.fixture
def settings(database_uri: str, host_config: dict[str, Any]) -> dict[str, Any]:
    """What `servers.start` needs to serve the same host that the test looks into."""
    return {"uri": database_uri, **host_config}


@pytest.fixture
def kept(app: Flask) -> Callable[[], Kept]:
    """Return what is kept now."""

    def look() -> Kept:
        models = current_tickets.models
        file = models.TicketAttachment
        db.session.rollback()
        tickets = db.session.scalar(db.select(db.func.count()).select_from(models.Ticket))
        files = db.session.scalars(db.select(file).where(file.storage_key.is_not(None))).all()
        db.session.expunge_all()
        db.session.rollback()
        return Kept(tickets, list(files), sorted(current_tickets.store.walk()))

    return look
