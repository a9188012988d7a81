"""Comments and their replies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.schema import conv

from .foreign_keys import HasTicket, HasUser
from .types import BigId, LongText, UtcDateTime, added_counter, added_flag

TEXT_MAX = 20_000


class TicketCommentMixin(HasTicket, HasUser):
    """Column definitions for comments. A comment without a parent starts a thread."""

    __tablename__ = "support_ticket_comment"

    #: Increases with each new comment and is never reused.
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    #: The comment that this one replies to, on the same ticket.
    parent_comment_id: Mapped[int | None] = mapped_column(BigId)
    #: The thread's top-level comment; NULL for that comment itself.
    root_comment_id: Mapped[int | None] = mapped_column(BigId)
    #: The level of nesting; 0 for a top-level comment.
    depth: Mapped[int] = mapped_column(default=0)
    #: Whether the author was staff at the time of writing.
    is_staff: Mapped[bool] = mapped_column(default=False)
    #: Whether this is an internal note, which requesters cannot see.
    is_internal: Mapped[bool] = added_flag()
    #: 1 to 20,000 characters. Line endings are LF.
    text: Mapped[str] = mapped_column(LongText)
    #: The number of direct replies, updated in the same transaction.
    reply_count: Mapped[int] = mapped_column(default=0)
    #: The number of direct replies that are internal notes.
    note_reply_count: Mapped[int] = added_counter()
    #: The number of attachments.
    attachment_count: Mapped[int] = mapped_column(default=0)
    #: When the comment was written (UTC).
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            CheckConstraint(
                "(parent_comment_id IS NULL AND root_comment_id IS NULL AND depth = 0)"
                " OR (parent_comment_id IS NOT NULL AND root_comment_id IS NOT NULL AND depth > 0)",
                name=conv("ck_support_ticket_comment_thread"),
            ),
            UniqueConstraint("ticket_id", "id", name="uq_support_ticket_comment_ticket_id"),
            Index("ix_support_ticket_comment_parent", "ticket_id", "parent_comment_id", "id"),
            Index("ix_support_ticket_comment_root", "ticket_id", "root_comment_id", "id"),
            Index("ix_support_ticket_comment_user_id", "user_id", "created_at"),
            {"sqlite_autoincrement": True},
        )


def keep_threads_in_one_ticket(table: Table) -> None:
    """Add foreign keys that reject a reply whose parent or root is on another ticket."""
    for name in ("parent_comment_id", "root_comment_id"):
        table.append_constraint(
            ForeignKeyConstraint(
                [table.c.ticket_id, table.c[name]],
                [table.c.ticket_id, table.c.id],
                name=f"fk_support_ticket_comment_{name}",
                ondelete="CASCADE",
            )
        )
