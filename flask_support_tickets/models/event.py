"""Ticket history: one row per change, written in the same transaction and never updated."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.schema import conv

from .foreign_keys import HasAssignee, HasComment, HasTicket, HasUser
from .types import BigId, LongText, UtcDateTime, added_flag

#: The maximum length of an action's name.
ACTION_MAX = 30


class TicketEventMixin(HasTicket, HasComment, HasUser, HasAssignee):
    """Column definitions for events. Each event records one change to a ticket."""

    __tablename__ = "support_ticket_event"

    #: Increases with each change.
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    #: ``Open``, ``Comment``, a value of `Action`, or the name of one of the host's row actions.
    action: Mapped[str] = mapped_column(String(ACTION_MAX))
    #: The status before the change; NULL for ``Open``.
    from_status: Mapped[int | None] = mapped_column(SmallInteger)
    #: The status after the change.
    to_status: Mapped[int] = mapped_column(SmallInteger)
    #: Whether the event is hidden from requesters.
    is_internal: Mapped[bool] = added_flag()
    #: For ``Edited``, a JSON object with the changed fields; NULL for other actions.
    changes: Mapped[str | None] = mapped_column(LongText)
    #: When the change was made (UTC).
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
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
