"""The ticket."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.schema import conv

from .foreign_keys import HasAssignee, HasUser
from .types import BigId, LongText, UtcDateTime, exact_string

SUBJECT_MAX = 200
DESCRIPTION_MAX = 20_000
DEPARTMENT_MAX = 100


class TicketMixin(HasUser, HasAssignee):
    """Columns of a ticket. ``status`` is written by `services.workflow` alone."""

    __tablename__ = "support_ticket"

    #: Counts up in the order of filing; never used twice.
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    #: One line, 1 to 200 characters.
    subject: Mapped[str] = mapped_column(String(SUBJECT_MAX))
    #: 1 to 20,000 characters, LF line ends.
    description: Mapped[str] = mapped_column(LongText)
    #: Up to 100 characters, or NULL.
    department: Mapped[str | None] = mapped_column(exact_string(DEPARTMENT_MAX))
    #: A value of `TicketStatus`.
    status: Mapped[int] = mapped_column(SmallInteger, default=0)
    #: Comments and replies, counted in the transaction that writes them.
    comment_count: Mapped[int] = mapped_column(default=0)
    #: Those of them that staff wrote, counted likewise.
    staff_comment_count: Mapped[int] = mapped_column(default=0)
    #: Comments that are no replies, counted likewise.
    thread_count: Mapped[int] = mapped_column(default=0)
    #: Attachments of the ticket itself.
    attachment_count: Mapped[int] = mapped_column(default=0)
    #: Counts the changes: 1 when it is filed, one more for each step and comment. Each leaves
    #: one event, so it counts those as well.
    version: Mapped[int] = mapped_column(default=1)
    #: When it was filed (UTC).
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When it was last moved, assigned or commented (UTC).
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Since when it waits for staff: for the start, for an answer to what its owner wrote, for more
    #: after a reopen. NULL while it waits for its owner, and when it is done.
    awaiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When staff first commented on it.
    first_reply_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When it was last marked resolved; NULL again after a reopen.
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When it was closed.
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            CheckConstraint("status BETWEEN 0 AND 3", name=conv("ck_support_ticket_status")),
            CheckConstraint("comment_count >= 0", name=conv("ck_support_ticket_comment_count")),
            Index("ix_support_ticket_status", "status", "id"),
            Index("ix_support_ticket_awaiting_since", "status", "awaiting_since", "id"),
            Index("ix_support_ticket_user_id", "user_id", "status", "id"),
            Index("ix_support_ticket_assigned_to_user_id", "assigned_to_user_id", "status", "id"),
            Index("ix_support_ticket_department", "department", "status", "id"),
            {"sqlite_autoincrement": True},
        )
