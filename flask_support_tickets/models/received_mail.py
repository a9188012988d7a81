"""Records of received emails, so that each email is processed once (rule O6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from .foreign_keys import HasComment, HasOptionalTicket, HasUser
from .types import BigId, UtcDateTime


class TicketReceivedMailMixin(HasUser, HasOptionalTicket, HasComment):
    """Column definitions for the emails that users have sent, without their content."""

    __tablename__ = "support_ticket_received_mail"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    #: The SHA-256 hash (hex) of the email's ``Message-ID``, or of the email if it has none.
    mark: Mapped[str] = mapped_column(String(64))
    #: Why it did not become a comment, as a code; NULL if it did.
    refusal: Mapped[str | None] = mapped_column(String(40))
    #: When it was received (UTC).
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            UniqueConstraint("user_id", "mark", name="uq_support_ticket_received_mail"),
            Index("ix_support_ticket_received_mail_user_id", "user_id", "created_at"),
            Index("ix_support_ticket_received_mail_ticket_id", "ticket_id"),
            Index("ix_support_ticket_received_mail_comment_id", "comment_id"),
            Index("ix_support_ticket_received_mail_created_at", "created_at"),
            {"sqlite_autoincrement": True},
        )
