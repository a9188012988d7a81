"""Foreign keys between the tables, by column object so that any schema name works."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from .types import BigId


@dataclass(frozen=True)
class ForeignKeys:
    """What a mixin needs to know of the other tables while it is declared."""

    user_model: type[Any]
    user_column: Column[Any]
    #: The tables declared so far, by name.
    tables: dict[str, Table] = field(default_factory=dict)


class _Linked:
    __tablename__: ClassVar[str]
    __support_links__: ClassVar[ForeignKeys]


class HasUser(_Linked):
    """Whose row this is: who filed, wrote, attached or did it."""

    @declared_attr
    def user_id(cls) -> Mapped[Any]:
        """The user's key; NULL when that user is gone."""
        return _user_column(cls, "user_id")

    @declared_attr
    def user(cls) -> Mapped[Any]:
        """The user's row; for reading only."""
        return _user_relationship(cls, "user_id")


class HasAssignee(_Linked):
    """The staff user who works on it."""

    @declared_attr
    def assigned_to_user_id(cls) -> Mapped[Any]:
        """The user's key; NULL before anybody does, and when that user is gone."""
        return _user_column(cls, "assigned_to_user_id")

    @declared_attr
    def assigned_to(cls) -> Mapped[Any]:
        """The user's row; for reading only."""
        return _user_relationship(cls, "assigned_to_user_id")


class HasTicket(_Linked):
    """The ticket this row belongs to, and goes with."""

    @declared_attr
    def ticket_id(cls) -> Mapped[int]:
        """The ticket's id."""
        return _row_column(cls, "ticket_id", "support_ticket", nullable=False)


class HasOptionalTicket(_Linked):
    """The ticket this row belongs to, once it does."""

    @declared_attr
    def ticket_id(cls) -> Mapped[int | None]:
        """The ticket's id; NULL before the row is used."""
        return _row_column(cls, "ticket_id", "support_ticket", nullable=True)


class HasComment(_Linked):
    """The comment this row belongs to, and goes with, if it is about one."""

    @declared_attr
    def comment_id(cls) -> Mapped[int | None]:
        """The comment's id; NULL when the row is about the ticket itself."""
        return _row_column(cls, "comment_id", "support_ticket_comment", nullable=True)


def _user_column(cls: Any, name: str) -> Mapped[Any]:
    column = cls.__support_links__.user_column
    key = ForeignKey(column, ondelete="SET NULL", name=f"fk_{cls.__tablename__}_{name}")
    return mapped_column(name, column.type, key, nullable=True)


def _user_relationship(cls: Any, name: str) -> Mapped[Any]:
    user_model = cls.__support_links__.user_model
    return relationship(user_model, foreign_keys=lambda: [getattr(cls, name)], viewonly=True)


def _row_column(cls: Any, name: str, target: str, *, nullable: bool) -> Mapped[Any]:
    column = cls.__support_links__.tables[target].c.id
    key = ForeignKey(column, ondelete="CASCADE", name=f"fk_{cls.__tablename__}_{name}")
    return mapped_column(name, BigId, key, nullable=nullable)
