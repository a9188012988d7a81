"""What the shipped revisions need to know about the host: user table, schema and databases."""

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
    """The key of the host's users, and the schema of our tables."""

    user_column: Column[Any]
    schema: str | None

    def user_key(self, table: str, name: str) -> tuple[Column[Any], ForeignKeyConstraint]:
        """Return a column for a user's key, and its foreign key."""
        target = f"{self.user_column.table.fullname}.{self.user_column.name}"
        key = ForeignKeyConstraint([name], [target], name=f"fk_{table}_{name}", ondelete="SET NULL")
        return Column(name, self.user_column.type, nullable=True), key

    def row_key(self, table: str, columns: list[str], targets: list[str]) -> ForeignKeyConstraint:
        """Return the foreign key of ``columns`` to columns of a table of ours."""
        schema = "" if self.schema is None else f"{self.schema}."
        return ForeignKeyConstraint(
            columns,
            [f"{schema}{target}" for target in targets],
            name=f"fk_{table}_{columns[-1]}",
            ondelete="CASCADE",
        )


def find_dependency() -> str | None:
    """Return the host's revision that makes its user table, as far as it is known."""
    return current_tickets.config.migrate_after if has_app_context() else None


def read_host(engine_name: str | None) -> Host | None:
    """Return the host, or None when ``engine_name`` is another database than that of our tables.

    Flask-Migrate gives a name to hosts with several databases alone (``flask db init --multidb``).
    Raises `ConfigurationError` when it does not know that there are several.
    """
    models = current_tickets.models
    bind_key = getattr(models.Ticket, "__bind_key__", None)
    if engine_name is not None and (engine_name or None) != bind_key:
        return None
    if engine_name is None and bind_key is not None:
        raise ConfigurationError(
            f"The tables of Support Tickets are on the bind {bind_key!r}, and these migrations "
            "know one database only; make them with: flask db init --multidb."
        )
    return Host(models.user_key.column, models.Ticket.__table__.schema)


def require_users(host: Host) -> None:
    """Raises `ConfigurationError` when the users' table is not there yet."""
    table: Any = host.user_column.table
    if op.get_context().as_sql or inspect(op.get_bind()).has_table(table.name, table.schema):
        return
    raise ConfigurationError(
        f"The table {table.fullname} is missing, which the tables of Support Tickets point to. "
        "Set SUPPORT_TICKETS_MIGRATE_AFTER to the revision that makes it, or upgrade to that first."
    )
