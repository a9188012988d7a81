"""Call use cases as a user, run several at the same time, and log the SQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from flask_support_tickets import actor_for, unit_of_work
from flask_support_tickets.models import utc_now
from flask_support_tickets.services import rebuild_search_index
from flask_support_tickets.services.search.availability import forget_availability, index_to_read

from ..host import User, db, tickets
from .searching import drop_index


@pytest.fixture
def act(app: Flask) -> Callable[..., Any]:
    """Run a use case in a unit of work: ``act(add_comment, mona, ticket_id=1, text="T")``."""

    def run(use_case: Callable[..., Any], user: User, /, **arguments: Any) -> Any:
        return unit_of_work(use_case, actor=actor_for(user), **arguments)

    return run


@pytest.fixture
def at_once(app: Flask) -> Callable[..., list[Any]]:
    """Run functions at the same time, each in a thread; return their results and errors."""

    def run(*works: Callable[[], Any]) -> list[Any]:
        start = threading.Barrier(len(works))

        def inside(work: Callable[[], Any]) -> Any:
            with app.app_context():
                start.wait(60)
                try:
                    return work()
                except Exception as error:
                    return error

        db.session.rollback()
        with ThreadPoolExecutor(len(works)) as pool:
            return list(pool.map(inside, works))

    return run


@pytest.fixture
def statements(app: Flask) -> Callable[[], AbstractContextManager[list[str]]]:
    """Log what is sent to the database: ``with statements() as sent:``."""

    @contextmanager
    def listen() -> Iterator[list[str]]:
        sent: list[str] = []

        def log(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            sent.append(statement)

        event.listen(db.engine, "before_cursor_execute", log)
        yield sent
        event.remove(db.engine, "before_cursor_execute", log)

    return listen


@pytest.fixture(params=["index", "scan"])
def choose_search(request: pytest.FixtureRequest, app: Flask) -> Callable[[], None]:
    """Return a function to call when the tickets are there: drops the index, or leaves it."""

    def choose() -> None:
        if request.param == "scan":
            drop_index()
        assert (index_to_read() is None) is (request.param == "scan")
        db.session.rollback()

    return choose


@pytest.fixture
def many(app: Flask, alice: User, bob: User) -> list[int]:
    """Make 1,300 tickets whose words tell their places; return their ids, oldest first."""
    now, rows = utc_now(), []
    row = {"description": "D", "comment_count": 0, "version": 1, "created_at": now}
    for place in range(1_300):
        words = ["common", "odd" if place % 2 else "even"]
        words += ["rare"] * (place in (3, 700)) + ["fifth"] * (place % 5 == 0)
        words += ["old"] * (place < 1_050) + ["new"] * (place >= 1_290)
        owner = bob if place % 400 == 1 else alice
        own = {"subject": " ".join(words), "user_id": owner.id, "status": place % 3}
        rows.append({**row, **own, "updated_at": now})
    db.session.execute(db.insert(tickets.Ticket), rows)
    db.session.commit()
    forget_availability()
    assert rebuild_search_index() == 1_300
    ids = list(db.session.scalars(db.select(tickets.Ticket.id).order_by(tickets.Ticket.id)))
    db.session.rollback()
    return ids
