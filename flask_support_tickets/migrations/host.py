"""Read the host's user table, schema and databases for the shipped revisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from alembic import op
from flask import has_app_context
from sqlalchemy import Column, ForeignKeyConstraint, inspect

from ..current import current_tickets
from ..errors import ConfigurationError


@dataclass(frozen=True)
class Host:
    """The primary key of the host's user table, and the schema of our tables."""

    user_column: Column[Any]
    schema: str | None

    def user_key(self, table: str, name: str) -> tuple[Column[Any], ForeignKeyConstraint]:
        """Return a column that refers to a user, and its foreign key."""
        target = f"{self.user_column.table.fullname}.{self.user_column.name}"
        key = ForeignKeyConstraint([name], [target], name=f"fk_{table}_{name}", ondelete="SET NULL")
        return Column(name, self.user_column.type, nullable=True), key

    def row_key(self, table: str, columns: list[str], targets: list[str]) -> ForeignKeyConstraint:
        """Return a foreign key from ``columns`` to ``targets``, which are in one of our tables."""
        schema = "" if self.schema is None else f"{self.schema}."
        return ForeignKeyConstraint(
            columns,
            [f"{schema}{target}" for target in targets],
            name=f"fk_{table}_{columns[-1]}",
            ondelete="CASCADE",
        )


def find_dependency() -> str | None:
    """Return the host revision that creates the user table, or None if it is not configured."""
    return current_tickets.config.migrate_after if has_app_context() else None


def read_host(engine_name: str | None) -> Host | None:
    """Return the `Host`, or None if our tables are not in the database named ``engine_name``.

    Databases have names only if the migrations were created with ``flask db init --multidb``.
    Raises `ConfigurationError` if our tables have a bind key but the databases have no names.
    """
    models = current_tickets.models
    bind_key = getattr(models.Ticket, "__bind_key__", None)
    if engine_name is not None and (engine_name or None) != bind_key:
        return None
    if engine_name is None and bind_key is not None:
        raise ConfigurationError(
            f"The tables of Support Tickets are on the bind {bind_key!r}, but these migrations "
            "support only one database; create them with: flask db init --multidb."
        )
    return Host(models.user_key.column, models.Ticket.__table__.schema)


def require_users(host: Host) -> None:
    """Raise `ConfigurationError` if the user table does not exist yet."""
    table: Any = host.user_column.table
    if op.get_context().as_sql or inspect(op.get_bind()).has_table(table.name, table.schema):
        return
    raise ConfigurationError(
        f"The table {table.fullname} is missing, and the tables of Support Tickets refer to it. "
        "Set SUPPORT_TICKETS_MIGRATE_AFTER to the revision that creates it, or upgrade to it first."
    )
