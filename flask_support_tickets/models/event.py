"""The history: one row for each change, written in the same transaction, never altered."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.schema import conv

from .links import Links, row_column, user_column, user_relationship
from .types import BigId, UtcDateTime


class TicketEventMixin:
    """Who did what to a ticket, from which status to which, and when."""

    __tablename__ = "support_ticket_event"
    __support_links__: ClassVar[Links]

    #: Counts up in the order of the changes.
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    #: ``Open``, ``Comment`` or a value of `Action`.
    action: Mapped[str] = mapped_column(String(30))
    #: The status before; NULL for ``Open``.
    from_status: Mapped[int | None] = mapped_column(SmallInteger)
    #: The status after.
    to_status: Mapped[int] = mapped_column(SmallInteger)
    #: When it happened (UTC).
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @declared_attr
    def ticket_id(cls) -> Mapped[int]:
        """The ticket."""
        return row_column(cls, "ticket_id", "ticket")

    @declared_attr
    def comment_id(cls) -> Mapped[int | None]:
        """The comment, for ``Comment``."""
        return row_column(cls, "comment_id", "comment", nullable=True)

    @declared_attr
    def user_id(cls) -> Mapped[Any]:
        """Who did it; NULL when that user is gone."""
        return user_column(cls, "user_id")

    @declared_attr
    def assigned_to_user_id(cls) -> Mapped[Any]:
        """The new assignee, for ``StartProgress`` and ``Assign``."""
        return user_column(cls, "assigned_to_user_id")

    @declared_attr
    def user(cls) -> Mapped[Any]:
        """The row of the person who did it."""
        return user_relationship(cls, "user_id")

    @declared_attr
    def assigned_to(cls) -> Mapped[Any]:
        """The new assignee's row."""
        return user_relationship(cls, "assigned_to_user_id")

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (
            CheckConstraint(
                "to_status BETWEEN 0 AND 3"
                " AND (from_status IS NULL OR from_status BETWEEN 0 AND 3)",
                name=conv("ck_support_ticket_event_status"),
            ),
            Index("ix_support_ticket_event_ticket_id", "ticket_id", "id"),
            Index("ix_support_ticket_event_comment_id", "comment_id"),
            Index("ix_support_ticket_event_user_id", "user_id"),
            Index("ix_support_ticket_event_assigned_to_user_id", "assigned_to_user_id"),
            {"sqlite_autoincrement": True},
        )
