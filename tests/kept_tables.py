"""The tables of `tests.host`, kept from test to test: most of the time went into making them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, text

from .host import create_host, db

#: What a database is made of, as one comparable text; a test that changes it costs a rebuild.
_STRUCTURE = {
    "postgresql": """
        SELECT concat(
          (SELECT md5(string_agg(concat(oid, relname, relnatts), ',' ORDER BY oid))
             FROM pg_class WHERE relnamespace = 'public'::regnamespace),
          (SELECT md5(string_agg(concat(oid, conname), ',' ORDER BY oid))
             FROM pg_constraint WHERE connamespace = 'public'::regnamespace),
          (SELECT md5(string_agg(concat(attrelid, attname, atttypid, attnotnull, atthasdef), ','
                    ORDER BY attrelid, attnum))
             FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
            WHERE relnamespace = 'public'::regnamespace),
          (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal))
    """,
    "mariadb": """
        SELECT concat(
          (SELECT md5(group_concat(table_name, table_collation ORDER BY table_name))
             FROM information_schema.tables WHERE table_schema = database()),
          (SELECT md5(group_concat(table_name, constraint_name
                    ORDER BY table_name, constraint_name))
             FROM information_schema.table_constraints WHERE table_schema = database()),
          (SELECT md5(group_concat(table_name, index_name, column_name
                    ORDER BY table_name, index_name, column_name))
             FROM information_schema.statistics WHERE table_schema = database()),
          (SELECT md5(group_concat(table_name, column_name, column_type,
                    coalesce(collation_name, '') ORDER BY table_name, column_name))
             FROM information_schema.columns WHERE table_schema = database()),
          (SELECT count(*) FROM information_schema.triggers WHERE trigger_schema = database()))
    """,
}


class KeptTables:
    """One database of a server: with the tables of the host and no row in them, or empty."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._engine: Engine = create_engine(uri, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
        self._kind = "postgresql" if uri.startswith("postgresql") else "mariadb"
        self._structure: str | None = None

    @property
    def are_there(self) -> bool:
        """Whether they need not be made."""
        return self._structure is not None

    def clean(self) -> None:
        """Remove every row; or everything, when the tables are not what they were made to be."""
        with self._engine.connect() as connection:
            if self.are_there and self._look(connection) == self._structure:
                _remove_rows(connection, self._kind)
                return
            self._structure = None
            if self._kind == "postgresql":
                connection.execute(text("DROP SCHEMA public CASCADE"))
                connection.execute(text("CREATE SCHEMA public"))
            else:
                connection.execute(text("DROP DATABASE tickets"))
                connection.execute(text("CREATE DATABASE tickets CHARACTER SET utf8mb4"))
        self._engine.dispose()

    def forget(self) -> None:
        """Take them for gone: somebody empties the database."""
        self._structure = None

    def make(self) -> None:
        """Make them, in the host's app context."""
        db.create_all()
        with self._engine.connect() as connection:
            self._structure = self._look(connection)

    def _look(self, connection: Connection) -> str:
        return str(connection.scalar(text(_STRUCTURE[self._kind])))


def copy_of_sqlite(template: Path, path: Path) -> str:
    """Return the address of a new SQLite database with the tables of the host."""
    if not template.exists():
        host = create_host(f"sqlite:///{template}")
        with host.app_context():
            db.create_all()
            db.session.remove()
            db.engine.dispose()
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"


def _remove_rows(connection: Connection, kind: str) -> None:
    if kind == "postgresql":
        connection.execute(text("SET session_replication_role = replica"))
        for name in _names(connection, "pg_class", "relkind = 'r'"):
            connection.execute(text(f"DELETE FROM public.{name}"))
        for name in _names(connection, "pg_class", "relkind = 'S'"):
            connection.execute(text(f"SELECT setval('public.{name}', 1, false)"))
        connection.execute(text("SET session_replication_role = origin"))
        return
    connection.execute(text("SET foreign_key_checks = 0"))
    query = "SELECT table_name, auto_increment FROM information_schema.tables"
    for name, number in connection.execute(text(f"{query} WHERE table_schema = database()")).all():
        connection.execute(text(f"DELETE FROM {name}"))
        if number is not None and number > 1:
            connection.execute(text(f"ALTER TABLE {name} AUTO_INCREMENT = 1"))
    connection.execute(text("SET foreign_key_checks = 1"))


def _names(connection: Connection, table: str, condition: str) -> list[Any]:
    place = "relnamespace = 'public'::regnamespace"
    found = connection.execute(text(f"SELECT relname FROM {table} WHERE {place} AND {condition}"))
    return list(found.scalars())
