"""What the tests of the use cases need besides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert

from flask_support_tickets.models import utc_now
from flask_support_tickets.services import (
    rebuild_search_index,
)
from flask_support_tickets.services.search_index import forget_state, index_to_read

from ..host import db, tickets
from .searching import drop_index


@pytest.fixture
def statements(app: Flask) -> Callable[[], AbstractContextManager[list[str]]]:
    """Write down what is sent to the database: ``with statements() as said:``."""

    @contextmanager
    def listen() -> Iterator[list[str]]:
        said: list[str] = []

        def write_down(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            said.append(statement)

        event.listen(db.engine, "before_cursor_execute", write_down)
        yield said
        event.remove(db.engine, "before_cursor_execute", write_down)

    return listen


@pytest.fixture(params=["index", "scan"])
def way(request, app):
    """How searches are answered; call it when the tickets are there."""

    def choose():
        if request.param == "scan":
            drop_index()
        assert (index_to_read() is None) is (request.param == "scan")
        db.session.rollback()

    return choose


@pytest.fixture
def many(app, alice, bob):
    """1,300 tickets; what their words are is told by their place. Returns their ids in order."""
    now = utc_now()
    row = {"description": "D", "comment_count": 0, "version": 1, "created_at": now}
    rows = []
    for place in range(1_300):
        said = ["common", "odd" if place % 2 else "even"]
        said += ["rare"] * (place in (3, 700)) + ["fifth"] * (place % 5 == 0)
        said += ["old"] * (place < 1_050) + ["new"] * (place >= 1_290)
        owner = bob if place % 400 == 1 else alice
        status = place % 3
        rows.append(
            {**row, "subject": " ".join(said), "user_id": owner.id, "updated_at": now,
             "status": status}
        )  # fmt: skip
    db.session.execute(insert(tickets.Ticket), rows)
    db.session.commit()
    forget_state()
    assert rebuild_search_index() == 1_300
    ids = list(db.session.scalars(db.select(tickets.Ticket.id).order_by(tickets.Ticket.id)))
    db.session.rollback()
    return ids
