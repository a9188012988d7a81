"""Clear the user columns when the ORM deletes a user on SQLite.

SQLite checks foreign keys only if told to, and may give a freed id to the next user, who would
then inherit the tickets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, event, update
from sqlalchemy.orm import Mapper

from .user_key import UserKey


def clear_user_ids(user_key: UserKey, tables: Sequence[Table]) -> None:
    """Do for ``tables`` on SQLite what ``ON DELETE SET NULL`` does elsewhere."""

    def on_delete(mapper: Mapper[Any], connection: Connection, user: Any) -> None:
        if connection.dialect.name == "sqlite":
            key = mapper.primary_key_from_instance(user)[0]
            for table in tables:
                for column in _user_columns(table, user_key):
                    connection.execute(
                        update(table).where(column == key).values({column.name: None})
                    )

    event.listen(user_key.user_model, "before_delete", on_delete, propagate=True)


def _user_columns(table: Table, user_key: UserKey) -> list[Any]:
    return [
        column
        for column in table.columns
        if any(key.column is user_key.column for key in column.foreign_keys)
    ]
