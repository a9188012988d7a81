"""How the tables hang together: foreign keys by column object, so that any schema name works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .types import BigId


@dataclass(frozen=True)
class Links:
    """What a mixin needs to know of the other tables while it is declared."""

    user_model: type[Any]
    user_column: Column[Any]
    ticket: Table | None = None
    comment: Table | None = None


def user_column(cls: Any, name: str) -> Mapped[Any]:
    """Return a column that names a user of the host and becomes NULL when that row goes."""
    column = cls.__support_links__.user_column
    key = ForeignKey(column, ondelete="SET NULL", name=f"fk_{cls.__tablename__}_{name}")
    return mapped_column(name, column.type, key, nullable=True)


def user_relationship(cls: Any, name: str) -> Mapped[Any]:
    """Return the user that column ``name`` points to; for reading only."""
    return relationship(
        cls.__support_links__.user_model,
        foreign_keys=lambda: [getattr(cls, name)],
        viewonly=True,
    )


def row_column(cls: Any, name: str, other: str, *, nullable: bool = False) -> Mapped[Any]:
    """Return a column that points to a ``ticket`` or a ``comment`` and goes with that row."""
    table = getattr(cls.__support_links__, other)
    key = ForeignKey(table.c.id, ondelete="CASCADE", name=f"fk_{cls.__tablename__}_{name}")
    return mapped_column(name, BigId, key, nullable=nullable)
