"""A contestant: a separate app, called as WSGI without a socket."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask, session
from flask_login import LoginManager, UserMixin, login_user
from sqlalchemy import Engine, event
from werkzeug.test import EnvironBuilder

from .data import SEARCHED_WORD, Scale
from .tasks import PAGE_SIZE, STATUS, Task

SECRET_KEY = "only for benchmarks"
_USER_AGENT = {"User-Agent": "benchmarks"}


@dataclass(frozen=True)
class Request:
    """A request by somebody who is signed in; with a ``body`` it is a POST of JSON."""

    target: str
    cookie: str
    body: dict[str, Any] | None = None

    def make_environ(self) -> dict[str, Any]:
        """Return a new WSGI environ."""
        method = "GET" if self.body is None else "POST"
        headers = {"Cookie": self.cookie, **_USER_AGENT}
        return EnvironBuilder(
            self.target, method=method, json=self.body, headers=headers
        ).get_environ()


@dataclass
class Contestant:
    """An app, its requests by task, and a context manager that collects its SQL statements."""

    app: Callable[..., Any]
    requests: dict[str, Request]
    collect_statements: Callable[[], AbstractContextManager[list[str]]]

    def ask(self, task: str) -> dict[str, Any]:
        """Send one request; return ``status``, ``body``, ``seconds`` and ``cpu`` seconds."""
        environ = self.requests[task].make_environ()
        statuses: list[str] = []

        def start_response(status: str, _headers: Any, _error: Any = None) -> None:
            statuses.append(status)

        cpu, start = time.process_time(), time.perf_counter()
        parts = self.app(environ, start_response)
        body = b"".join(parts).decode()
        if hasattr(parts, "close"):
            parts.close()
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        return {"status": statuses[-1][:3], "body": body, "seconds": seconds, "cpu": cpu}


def list_requests(kind: str, path: str, scale: Scale, cookie: str) -> dict[str, Request]:
    """Return the requests for a ``LIST`` or a ``QUEUE`` that takes page, status and search."""
    last = -(-scale.tickets // PAGE_SIZE)
    queries = {"": "", "_LAST": f"?page={last}", "_STATUS": f"?status={STATUS}",
               "_SEARCH": f"?search={SEARCHED_WORD}"}  # fmt: skip
    return {Task[kind + end]: Request(path + query, cookie) for end, query in queries.items()}


def sign_in(user_id: int) -> str:
    """Return the session cookie of a browser in which a user signed in and has seen a form."""
    app = Flask("sign-in")
    app.config["SECRET_KEY"] = SECRET_KEY
    LoginManager(app)
    user = UserMixin()
    user.id = user_id
    with app.test_request_context(headers=_USER_AGENT):
        login_user(user)
        values = {**session, "csrf_token": "0" * 40}
    serializer: Any = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return f"session={serializer.dumps(values)}"


def collector(engine: Engine) -> Callable[[], AbstractContextManager[list[str]]]:
    """Return a context manager that yields the statements SQLAlchemy sends inside it."""

    @contextmanager
    def collect() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
            statements.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        yield statements
        event.remove(engine, "before_cursor_execute", note)

    return collect
