"""Write many rows at once: executemany on SQLite and MariaDB, COPY on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Index, Table, text

from flask_support_tickets.models.types import UtcDateTime

BATCH = 20_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BulkWriter:
    """Fills the tables of one database; `add` collects rows, `flush` writes what is left."""

    #: What makes filling quicker, for this connection alone.
    settings: Sequence[str] = ()
    #: How the driver marks a value's place in a statement.
    place = "?"

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.driver: Any = connection.connection.driver_connection
        self._waiting: dict[str, list[tuple[Any, ...]]] = {}
        self._targets: dict[str, tuple[str, list[str]]] = {}
        self._makers: dict[str, Callable[[dict[str, Any]], tuple[Any, ...]]] = {}
        for statement in self.settings:
            self.driver.cursor().execute(statement)

    def prepare(self, key: str, table: Table) -> None:
        """Get ready for rows of ``table``, which come under ``key``."""
        columns = [column for column in table.columns if not _is_made_by_database(column)]
        names = [column.name for column in columns]
        defaults = {column.name: _default_of(column) for column in columns}
        times = [column.name for column in columns if isinstance(column.type, UtcDateTime)]
        moment = self.moment

        def make(row: dict[str, Any]) -> tuple[Any, ...]:
            full = defaults | row
            for name in times:
                if (value := full[name]) is not None:
                    full[name] = moment(value)
            return tuple([full[name] for name in names])

        self._waiting[key], self._makers[key] = [], make
        self._targets[key] = table.name, names

    def add(self, key: str, row: dict[str, Any]) -> None:
        """Take one row; times are microseconds since 1970."""
        waiting = self._waiting[key]
        waiting.append(self._makers[key](row))
        if len(waiting) >= BATCH:
            self._write(*self._targets[key], waiting)
            waiting.clear()

    def flush(self) -> None:
        """Write what waits, and commit."""
        for key, waiting in self._waiting.items():
            if waiting:
                self._write(*self._targets[key], waiting)
                waiting.clear()
        self.driver.commit()

    def finish(self, tables: Iterable[Table]) -> None:
        """Let ids go on after the written ones, and statistics be known."""

    def moment(self, microseconds: int) -> str:
        """Return a moment as the database takes it."""
        return _as_datetime(microseconds).isoformat(" ", "microseconds")[:26]

    def droppable(self, table: Table) -> list[Index]:
        """Return the indexes that are better made after filling."""
        return list(table.indexes)

    def _write(self, table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
        places = ", ".join([self.place] * len(columns))
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"
        self.driver.cursor().executemany(statement, rows)


class SqliteWriter(BulkWriter):
    """SQLite through ``sqlite3``."""

    settings = (
        "PRAGMA journal_mode = OFF",  # else every page is written twice
        "PRAGMA foreign_keys = OFF",
        "PRAGMA synchronous = OFF",
        "PRAGMA cache_size = -262144",
    )


class MariadbWriter(BulkWriter):
    """MariaDB through PyMySQL, which makes one INSERT of many rows."""

    settings = ("SET foreign_key_checks = 0", "SET unique_checks = 0")
    place = "%s"

    def droppable(self, table: Table) -> list[Index]:
        return []  # InnoDB keeps an index for each foreign key


class PostgresqlWriter(BulkWriter):
    """PostgreSQL through psycopg's COPY."""

    settings = (
        "SET session_replication_role = replica",  # foreign keys hold by construction
        "SET synchronous_commit = off",
        "SET maintenance_work_mem = '256MB'",
    )

    def moment(self, microseconds: int) -> str:
        return _as_datetime(microseconds).isoformat(" ", "microseconds")

    def finish(self, tables: Iterable[Table]) -> None:
        for table in tables:
            key = table.autoincrement_column
            if key is not None:
                self.connection.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', '{key.name}'),"
                        f" coalesce(max({key.name}), 1)) FROM {table.name}"
                    )
                )
        self.driver.commit()
        self.driver.autocommit = True
        self.driver.execute("VACUUM ANALYZE")
        self.driver.autocommit = False

    def _write(self, table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
        lines = ["\t".join([_as_copied(value) for value in row]) for row in rows]
        with self.driver.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            copy.write("\n".join(lines) + "\n")


def writer_for(connection: Connection) -> BulkWriter:
    """Return the writer for a connection's database."""
    writers: dict[str, type[BulkWriter]] = {
        "sqlite": SqliteWriter,
        "postgresql": PostgresqlWriter,
        "mysql": MariadbWriter,
        "mariadb": MariadbWriter,
    }
    return writers[connection.dialect.name](connection)


def _as_copied(value: Any) -> str:
    """Return a value as COPY takes it; our texts hold no tab, line end or backslash."""
    if value is None:
        return "\\N"
    return value if value.__class__ is str else str(value)


def _as_datetime(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def _is_made_by_database(column: Any) -> bool:
    return column.computed is not None or (
        column.server_default is not None and column.default is None
    )


def _default_of(column: Any) -> Any:
    default = column.default
    return default.arg if default is not None and default.is_scalar else None
