"""The host app, its people, and factories for tickets."""

from __future__ import annotations

import dataclasses
import gc
import hashlib
import io
import os
import re
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import event

from flask_support_tickets import Action, Actor, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.current import current_tickets
from flask_support_tickets.services import (
    Upload,
    add_comment,
    add_upload,
    open_ticket,
    transition_ticket,
    with_files,
)

from .host import User, create_host, db

pytest_plugins = ("tests.databases", "tests.chromium")


class CompiledTemplates(BytecodeCache):
    """Keeps compiled templates for all apps of the process: compiling took half of the time."""

    def __init__(self) -> None:
        self._codes: dict[Any, Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get(self._key_of(bucket))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[self._key_of(bucket)] = bucket.code

    def _key_of(self, bucket: Bucket) -> Any:
        env = bucket.environment
        whitespace = env.trim_blocks, env.lstrip_blocks, env.keep_trailing_newline
        return bucket.key, bucket.checksum, whitespace, tuple(env.extensions)


Flask.jinja_options = {"bytecode_cache": CompiledTemplates()}
gc.set_threshold(200_000, 20, 100)  # with Python's defaults, it took a tenth of the time


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """Switch off pytest-flask's request context, which leaks signed-in users between clients."""


@pytest.fixture
def host_config() -> dict[str, Any]:
    """Return settings for the host; a test module or class overrides this."""
    return {}


@pytest.fixture(scope="session")
def empty_databases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for SQLite files with tables and no rows, to copy instead of creating."""
    return tmp_path_factory.mktemp("empty")


@pytest.fixture
def app(
    database_uri: str, host_config: dict[str, Any], tmp_path: Path, empty_databases: Path
) -> Iterator[Flask]:
    """Return the host with its tables, a folder for files, and an app context pushed."""
    config = {"SUPPORT_TICKETS_STORAGE": f"file://{tmp_path}/files", **host_config}
    host = create_host(database_uri, **config)
    with host.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _skip_fsync)
            _copy_tables(empty_databases)
        else:
            db.create_all()
        yield host
        db.session.remove()
        db.engine.dispose()


def _copy_tables(empty_databases: Path) -> None:
    """Copy a file with the tables, which the first host with these tables creates."""
    tables = tuple((table.key, len(table.columns)) for table in db.metadata.sorted_tables)
    empty = empty_databases / f"{abs(hash(tables))}.db"
    if not empty.exists():
        db.create_all()
        db.engine.dispose()  # writes the log of changes into the file
        shutil.copyfile(str(db.engine.url.database), empty)
    else:
        shutil.copyfile(empty, str(db.engine.url.database))


def _skip_fsync(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")


@pytest.fixture
def make_user(app: Flask) -> Callable[..., User]:
    """Make a user: ``make_user("alice")``, ``make_user("mona", role="moderator")``."""

    def make(username: str, role: str | None = "user", **columns: Any) -> User:
        user = User(username=username, role=role, **columns)
        db.session.add(user)
        db.session.commit()
        return user

    return make


@pytest.fixture
def alice(make_user: Callable[..., User]) -> User:
    return make_user("alice")


@pytest.fixture
def bob(make_user: Callable[..., User]) -> User:
    return make_user("bob")


@pytest.fixture
def mona(make_user: Callable[..., User]) -> User:
    return make_user("mona", role="moderator")


@pytest.fixture
def adam(make_user: Callable[..., User]) -> User:
    return make_user("adam", role="Admin")


@pytest.fixture
def as_actor() -> Callable[[User], Actor]:
    """Turn a user into an `Actor`."""
    return actor_for


@pytest.fixture
def make_ticket(alice: User, mona: User) -> Callable[..., Any]:
    """Make a ticket through the use cases: ``make_ticket(status=TicketStatus.Resolved)``."""

    def make(
        status: TicketStatus = TicketStatus.New,
        *,
        owner: User | None = None,
        staff: User | None = None,
        **content: Any,
    ) -> Any:
        content = {"subject": "It does not work", "description": "Nothing happens.", **content}
        ticket = unit_of_work(open_ticket, actor=actor_for(owner or alice), **content)
        for action in (Action.StartProgress, Action.MarkAsResolved, Action.Close)[: int(status)]:
            actor = actor_for(staff or mona)
            unit_of_work(transition_ticket, actor=actor, ticket_id=ticket.id, action=action)
        return ticket

    return make


@pytest.fixture
def make_comment() -> Callable[..., Any]:
    """Write a comment through the use case: ``make_comment(ticket, mona, parent=comment)``."""

    def make(
        ticket: Any, author: User, text: str = "A word.", parent: Any = None, **options: Any
    ) -> Any:
        return unit_of_work(
            add_comment,
            actor=actor_for(author),
            ticket_id=ticket.id,
            text=text,
            parent_comment_id=parent.id if parent else None,
            **options,
        )

    return make


@pytest.fixture
def make_note(make_comment: Callable[..., Any]) -> Callable[..., Any]:
    """Write an internal note through the use case; see `make_comment`."""
    return partial(make_comment, is_internal=True)


@pytest.fixture
def make_upload() -> Callable[..., Any]:
    """Upload a file through the use case, to be used later: ``make_upload(alice, "a.txt")``."""

    def make(owner: User, filename: str = "note.txt", data: bytes = b"A note.") -> Any:
        upload = Upload(filename, io.BytesIO(data), len(data), hashlib.sha256(data).hexdigest())
        return with_files(add_upload, uploads=[upload], actor=actor_for(owner))

    return make


@pytest.fixture
def client_of(app: Flask) -> Callable[[User | None], FlaskClient]:
    """Return a client of one user, signed in by cookie; ``None`` is nobody."""

    def make(user: User | None) -> FlaskClient:
        client = app.test_client()
        if user is not None:
            client.post("/login", data={"username": user.username})
        return client

    return make


@pytest.fixture
def everything(app: Flask) -> Callable[[], dict[str, list[Any]]]:
    """Return every row of every table, to see that a refusal changed nothing.

    Without presence, which every view of a ticket's page records.
    """

    def rows() -> dict[str, list[Any]]:
        db.session.rollback()
        found = {}
        for table in db.metadata.sorted_tables:
            if table.name == "support_ticket_presence":
                continue
            order = list(table.primary_key.columns)
            found[table.name] = [
                tuple(row) for row in db.session.execute(db.select(table).order_by(*order))
            ]
        db.session.rollback()
        return found

    return rows


@pytest.fixture
def state(everything: Callable[[], Any]) -> Callable[[], Any]:
    """Return every row of every table, and the path of every file."""
    return lambda: (everything(), sorted(current_tickets.store.walk()))


def form_fields(html: str) -> dict[str, str]:
    """Return the hidden CSRF token and one-time key of a page's form."""
    return dict(
        re.findall(r'<input type="hidden" name="(csrf_token|submission_key)" value="([^"]+)"', html)
    )


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say loudly which programs `make test-slow` did without."""
    programs = ("chromium", "mariadbd", "redis-server")
    missing = [program for program in programs if shutil.which(program) is None]
    if missing and "slow" in config.option.markexpr.split() and "not" not in config.option.markexpr:
        terminalreporter.section("WARNING", yellow=True, bold=True)
        names = ", ".join(missing)
        terminalreporter.line(f"Not installed, so their tests were skipped: {names}.", yellow=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run with skipped tests where nothing may be skipped, as in CI."""
    if os.environ.get("SUPPORT_TICKETS_TESTS_ALLOW_SKIPS") != "no":
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture
def change_state(app, monkeypatch):
    """Change what the extension keeps of the app: ``change_state(policy=…)``."""

    def change(**values):
        state = dataclasses.replace(app.extensions["support_tickets"], **values)
        monkeypatch.setitem(app.extensions, "support_tickets", state)

    return change
