"""Alter a table in batch mode without what SQLite loses when Alembic replaces the table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from alembic.operations import BatchOperations, Operations


@contextmanager
def batch_alter_table(
    op: Operations, table_name: str, schema: str | None = None, **options: Any
) -> Iterator[BatchOperations]:
    """Do what ``op.batch_alter_table`` does, with the same options, and lose nothing on SQLite.

    To replace a table, Alembic copies its rows to a new one and drops the old one. This keeps
    ``AUTOINCREMENT`` with the highest id, the triggers, and the rows of other tables that point to
    it, all in a transaction of its own: what the revision did before is committed first.
    Raises `ConfigurationError` if foreign keys cannot be switched off for it.
    """
    context = op.get_context()
    if context.dialect.name != "sqlite" or context.as_sql:
        with op.batch_alter_table(table_name, schema, **options) as batch_op:
            yield batch_op
        return
    connection = op.get_bind()
    prefix = context.dialect.identifier_preparer.quote(schema or "main")
    with _begin_without_foreign_keys(connection), _keep(connection, prefix, table_name) as kept:
        kept |= options.pop("table_kwargs", {})
        with op.batch_alter_table(table_name, schema, table_kwargs=kept, **options) as batch_op:
            yield batch_op


@contextmanager
def _begin_without_foreign_keys(connection: Connection) -> Iterator[None]:
    """Dropping a table would delete or clear the rows that point to it.

    SQLite ignores the setting within a transaction.
    """
    driver = connection.connection
    driver.commit()
    setting = connection.exec_driver_sql("PRAGMA foreign_keys").scalar()
    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    try:
        if connection.exec_driver_sql("PRAGMA foreign_keys").scalar():
            raise ConfigurationError(
                "SQLite's foreign keys cannot be switched off, so replacing a table would delete "
                "rows of others. Execute PRAGMA foreign_keys = OFF in env.py before it begins."
            )
        if not getattr(driver.driver_connection, "in_transaction", False):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield
        driver.commit()
    finally:
        driver.rollback()
        connection.exec_driver_sql(f"PRAGMA foreign_keys = {setting}")


@contextmanager
def _keep(connection: Connection, schema: str, table: str) -> Iterator[dict[str, Any]]:
    """Yield options for the new table, then give it the triggers and the highest id of the old."""
    run = connection.exec_driver_sql
    query = f"SELECT type, sql FROM {schema}.sqlite_master WHERE tbl_name = ?"
    made = [tuple(row) for row in run(query, (table,))]
    ids, highest = f"{schema}.sqlite_sequence", None
    is_counted = any(kind == "table" and "AUTOINCREMENT" in sql.upper() for kind, sql in made)
    if is_counted:
        highest = run(f"SELECT seq FROM {ids} WHERE name = ?", (table,)).scalar()
    yield {"sqlite_autoincrement": True} if is_counted else {}
    if highest is not None:
        run(f"DELETE FROM {ids} WHERE name = ?", (table,))
        run(f"INSERT INTO {ids} VALUES (?, ?)", (table, highest))
    for kind, sql in made:
        if kind == "trigger":
            run(sql.replace("CREATE TRIGGER ", f"CREATE TRIGGER IF NOT EXISTS {schema}.", 1))
