"""Idempotency keys, which ensure that repeated requests are processed only once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from .foreign_keys import HasComment, HasOptionalTicket, HasUser
from .types import BigId, LongText, UtcDateTime


class TicketSubmissionMixin(HasUser, HasOptionalTicket, HasComment):
    """Column definitions for idempotency keys and their results, which are kept for 24 hours."""

    __tablename__ = "support_ticket_submission"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    #: The SHA-256 hash (hex) of a form's key and content, or of an ``Idempotency-Key`` header.
    mark: Mapped[str] = mapped_column(String(64))
    #: The SHA-256 hash (hex) of the content.
    content_hash: Mapped[str] = mapped_column(String(64))
    #: The API response as JSON; NULL for a form, which redirects to what it created.
    answer: Mapped[str | None] = mapped_column(LongText)
    #: When the key was first used (UTC).
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            UniqueConstraint("user_id", "mark", name="uq_support_ticket_submission"),
            Index("ix_support_ticket_submission_ticket_id", "ticket_id"),
            Index("ix_support_ticket_submission_comment_id", "comment_id"),
            Index("ix_support_ticket_submission_created_at", "created_at"),
            {"sqlite_autoincrement": True},
        )
