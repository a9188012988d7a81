"""What a form already sent: the memory behind "a double click files one ticket"."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from .links import CommentLink, TicketLink, UserLink
from .types import BigId, UtcDateTime


class TicketSubmissionMixin(UserLink, TicketLink, CommentLink):
    """One form sent by one user, and the ticket or comment it made."""

    __tablename__ = "support_ticket_submission"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    #: SHA-256 over the form's one-time key and its content, as hex.
    fingerprint: Mapped[str] = mapped_column(String(64))
    #: When it was sent (UTC).
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (
            UniqueConstraint("user_id", "fingerprint", name="uq_support_ticket_submission"),
            Index("ix_support_ticket_submission_ticket_id", "ticket_id"),
            Index("ix_support_ticket_submission_comment_id", "comment_id"),
            {"sqlite_autoincrement": True},
        )
