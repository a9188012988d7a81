"""Alter a table in batch mode without losing data on SQLite, where Alembic replaces the table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from alembic.operations import BatchOperations, Operations


@contextmanager
def batch_alter_table(
    op: Operations | ModuleType, table_name: str, schema: str | None = None, **options: Any
) -> Iterator[BatchOperations]:
    """Call ``op.batch_alter_table`` with the same arguments, without losing data on SQLite.

    On SQLite, Alembic copies the rows to a new table and drops the old one. This function preserves
    ``AUTOINCREMENT``, the highest id, the triggers, and the rows in other tables that refer to the
    table. It commits the revision's earlier changes and runs in its own transaction. Raises
    `ConfigurationError` if foreign keys cannot be disabled.
    """
    context = op.get_context()
    if context.dialect.name != "sqlite" or context.as_sql:
        with op.batch_alter_table(table_name, schema, **options) as batch_op:
            yield batch_op
        return
    connection = op.get_bind()
    prefix = context.dialect.identifier_preparer.quote(schema or "main")
    with _without_foreign_keys(connection), _preserve(connection, prefix, table_name) as kwargs:
        kwargs |= options.pop("table_kwargs", {})
        with op.batch_alter_table(table_name, schema, table_kwargs=kwargs, **options) as batch_op:
            yield batch_op


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """Run a transaction in which dropping a table does not affect the rows that refer to it."""
    driver = connection.connection
    driver.commit()  # SQLite ignores the pragma inside a transaction
    setting = connection.exec_driver_sql("PRAGMA foreign_keys").scalar()
    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    try:
        if connection.exec_driver_sql("PRAGMA foreign_keys").scalar():
            raise ConfigurationError(
                "SQLite's foreign keys cannot be disabled, so replacing a table would delete rows "
                "of others. Execute PRAGMA foreign_keys = OFF in env.py before the transaction."
            )
        if not getattr(driver.driver_connection, "in_transaction", False):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield
        driver.commit()
    finally:
        driver.rollback()
        connection.exec_driver_sql(f"PRAGMA foreign_keys = {setting}")


@contextmanager
def _preserve(connection: Connection, schema: str, table: str) -> Iterator[dict[str, Any]]:
    """Yield options for the new table, then restore the triggers and the highest id."""
    run = connection.exec_driver_sql
    query = f"SELECT type, sql FROM {schema}.sqlite_master WHERE tbl_name = ?"
    items = [tuple(row) for row in run(query, (table,))]
    ids, highest = f"{schema}.sqlite_sequence", None
    has_autoincrement = any(
        "AUTOINCREMENT" in sql.upper() for kind, sql in items if kind == "table"
    )
    if has_autoincrement:
        highest = run(f"SELECT seq FROM {ids} WHERE name = ?", (table,)).scalar()
    yield {"sqlite_autoincrement": True} if has_autoincrement else {}
    if highest is not None:
        run(f"DELETE FROM {ids} WHERE name = ?", (table,))
        run(f"INSERT INTO {ids} VALUES (?, ?)", (table, highest))
    for kind, sql in items:
        if kind == "trigger":
            run(sql.replace("CREATE TRIGGER ", f"CREATE TRIGGER IF NOT EXISTS {schema}.", 1))
