"""One app with everybody in it, on one database, and who asks."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Flask, request, session
from sqlalchemy import func, select

from .contestant import Contestant, WsgiRequest
from .databases import Database
from .floor import Floor
from .generate import facts
from .host import User, cookie_of, create_app, db, tickets
from .naive import naive
from .stock_admin import add_stock_admin

PAGE_SIZE = 20


def create_arena_app(uri: str, **config: Any) -> Flask:
    """Return the host with the naive build, the stock admin and the floor's route beside ours."""
    app = create_app(uri, **config)
    app.register_blueprint(naive)
    add_stock_admin(app)
    floor = Floor(uri)

    @app.post("/floor/comments")
    def floor_comment() -> Any:
        """The floor over HTTP: the session's user, and hand-written SQL."""
        user_id = session.get("_user_id")
        if user_id is None:
            return "", 401
        status, body = floor.post_comment(int(user_id), request.get_data())
        return app.response_class(body, status, mimetype="application/json")

    return app


class Arena:
    """The contestants' common ground: apps, cookies, and facts of one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.app = create_arena_app(database.uri)
        self.floor = Floor(database.uri)
        with self.app.app_context():
            self.engine = db.engine
            self.facts = facts()
            self.totals = self._totals()
            user = db.session.get(User, int(self.facts["user_id"]))
            username = user.username
        self.staff_cookie = cookie_of(self.app, "staff1")
        self.user_cookie = cookie_of(self.app, username)

    def close(self) -> None:
        """Give the connections back."""
        self.floor.close()
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def fact(self, name: str) -> int:
        """Return a number that the generator noted."""
        return int(self.facts[name])

    def ask(self, name: str, target: str, *, cookie: str | None = None, **more: Any) -> Contestant:
        """Return a contestant that requests ``target``, as staff unless another cookie is given."""
        status = more.pop("status", 200)
        call = WsgiRequest(self.app, target, cookie or self.staff_cookie, **more)
        return Contestant(name, call, status, self.engine)

    def by_hand(self, name: str, method: str, statements: int, *args: Any) -> Contestant:
        """Return a contestant of the floor."""
        return Contestant(name, partial(getattr(self.floor, method), *args), 200, statements)

    def last_page(self, status: int | None = None) -> int:
        """Return the number of the last page that holds something."""
        total = sum(self.totals.values()) if status is None else self.totals.get(status, 0)
        return max(1, -(-total // PAGE_SIZE))

    def _totals(self) -> dict[int, int]:
        model = tickets.Ticket
        query = select(model.status, func.count()).group_by(model.status)
        return {row[0]: row[1] for row in db.session.execute(query)}
