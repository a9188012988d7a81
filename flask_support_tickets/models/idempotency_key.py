"""Keys of submitted forms and API requests, so that a repeated one counts once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from .foreign_keys import HasComment, HasOptionalTicket, HasUser
from .types import BigId, LongText, UtcDateTime


class TicketSubmissionMixin(HasUser, HasOptionalTicket, HasComment):
    """One form or API request of one user, and what came of it. Kept for 24 hours."""

    __tablename__ = "support_ticket_submission"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    #: SHA-256 as hex, over a form's one-time key and content, or over an ``Idempotency-Key``.
    mark: Mapped[str] = mapped_column(String(64))
    #: SHA-256 as hex over what was sent.
    content_hash: Mapped[str] = mapped_column(String(64))
    #: What the API answered, as JSON; NULL for a form, which leads to what it made.
    answer: Mapped[str | None] = mapped_column(LongText)
    #: When it was sent (UTC).
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
