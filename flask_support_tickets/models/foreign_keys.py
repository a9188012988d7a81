"""Foreign keys that refer to column objects, so that they work in any schema."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from .types import BigId


@dataclass(frozen=True)
class ForeignKeys:
    """The targets of the mixins' foreign keys."""

    user_model: type[Any]
    user_column: Column[Any]
    #: The tables declared so far, by name.
    tables: dict[str, Table] = field(default_factory=dict)


class HasUser:
    """A reference to the user who created the row; NULL once that user is deleted."""

    @declared_attr
    def user_id(cls) -> Mapped[Any]:
        return _user_column(cls, "user_id")

    @declared_attr
    def user(cls) -> Mapped[Any]:
        return _user_relationship(cls, "user_id")


class HasAssignee:
    """A reference to the assignee; NULL if there is none or the user has been deleted."""

    @declared_attr
    def assigned_to_user_id(cls) -> Mapped[Any]:
        return _user_column(cls, "assigned_to_user_id")

    @declared_attr
    def assigned_to(cls) -> Mapped[Any]:
        return _user_relationship(cls, "assigned_to_user_id")


class HasTicket:
    """A reference to the row's ticket. Deleting the ticket deletes the row."""

    @declared_attr
    def ticket_id(cls) -> Mapped[int]:
        return _row_column(cls, "ticket_id", "support_ticket", nullable=False)


class HasOptionalTicket:
    """A reference to the row's ticket; NULL if the row does not belong to a ticket."""

    @declared_attr
    def ticket_id(cls) -> Mapped[int | None]:
        return _row_column(cls, "ticket_id", "support_ticket", nullable=True)


class HasEvent:
    """A reference to the event that the row is about; NULL if there is none."""

    @declared_attr
    def event_id(cls) -> Mapped[int | None]:
        return _row_column(cls, "event_id", "support_ticket_event", nullable=True)


class HasTag:
    """A reference to the row's tag. Deleting the tag deletes the row."""

    @declared_attr
    def tag_id(cls) -> Mapped[int]:
        return _row_column(cls, "tag_id", "support_ticket_tag", nullable=False)


class HasComment:
    """A reference to the row's comment; NULL if the row does not belong to a comment."""

    @declared_attr
    def comment_id(cls) -> Mapped[int | None]:
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
