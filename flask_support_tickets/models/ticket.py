"""The ticket model."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.schema import conv

from .foreign_keys import HasAssignee, HasUser
from .priority import TicketPriority
from .types import BigId, LongText, UtcDateTime, added_counter, exact_string

SUBJECT_MAX = 200
DESCRIPTION_MAX = 20_000
DEPARTMENT_MAX = 100


class TicketMixin(HasUser, HasAssignee):
    """Column definitions for tickets. Only the services set ``status`` (rule W1)."""

    __tablename__ = "support_ticket"

    #: Increases with each new ticket and is never reused.
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    #: A single line of 1 to 200 characters.
    subject: Mapped[str] = mapped_column(String(SUBJECT_MAX))
    #: 1 to 20,000 characters. Line endings are LF.
    description: Mapped[str] = mapped_column(LongText)
    #: Up to 100 characters, or NULL.
    department: Mapped[str | None] = mapped_column(exact_string(DEPARTMENT_MAX))
    #: A value of `TicketStatus`.
    status: Mapped[int] = mapped_column(SmallInteger, default=0)
    #: A value of `TicketPriority`.
    priority: Mapped[int] = mapped_column(
        SmallInteger, default=int(TicketPriority.Normal), server_default=text("1")
    )
    #: The number of comments and replies, updated in the same transaction.
    comment_count: Mapped[int] = mapped_column(default=0)
    #: The number of comments and replies written by staff.
    staff_comment_count: Mapped[int] = mapped_column(default=0)
    #: The number of top-level comments.
    thread_count: Mapped[int] = mapped_column(default=0)
    #: The number of internal notes and replies to them.
    note_count: Mapped[int] = added_counter()
    #: The number of top-level internal notes.
    note_thread_count: Mapped[int] = added_counter()
    #: The number of attachments on the ticket itself.
    attachment_count: Mapped[int] = mapped_column(default=0)
    #: The number of tags. Deleting a tag with SQL does not change it.
    tag_count: Mapped[int] = added_counter()
    #: Starts at 1 and is incremented by each transition and comment. Equals the number of events.
    version: Mapped[int] = mapped_column(default=1)
    #: The number of events that requesters cannot see.
    internal_event_count: Mapped[int] = added_counter()
    #: When the ticket was opened (UTC).
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When the ticket was last transitioned, assigned or commented on (UTC).
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When the ticket started waiting for staff because it was opened or reopened, or because its
    #: requester commented (UTC). NULL while it waits for the requester, and once it is resolved.
    awaiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When staff first commented (UTC).
    first_reply_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When the ticket was last marked as resolved (UTC). NULL after it is reopened.
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When the ticket was closed (UTC).
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            CheckConstraint("status BETWEEN 0 AND 3", name=conv("ck_support_ticket_status")),
            CheckConstraint("priority BETWEEN 0 AND 3", name=conv("ck_support_ticket_priority")),
            CheckConstraint("comment_count >= 0", name=conv("ck_support_ticket_comment_count")),
            Index("ix_support_ticket_status", "status", "id"),
            Index("ix_support_ticket_awaiting_since", "status", "awaiting_since", "id"),
            Index("ix_support_ticket_priority", "priority", "status", "id"),
            Index("ix_support_ticket_urgency", "status", "priority", "awaiting_since", "id"),
            Index("ix_support_ticket_user_id", "user_id", "status", "id"),
            Index("ix_support_ticket_assigned_to_user_id", "assigned_to_user_id", "status", "id"),
            Index("ix_support_ticket_department", "department", "status", "id"),
            {"sqlite_autoincrement": True},
        )
