"""Saved replies, which staff insert into their comments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from .types import BigId, LongText, UtcDateTime, exact_string

TITLE_MAX = 100


class TicketSavedReplyMixin:
    """Column definitions for saved replies."""

    __tablename__ = "support_ticket_saved_reply"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    #: A single line of 1 to 100 characters.
    title: Mapped[str] = mapped_column(exact_string(TITLE_MAX))
    #: 1 to 20,000 characters. Line endings are LF.
    text: Mapped[str] = mapped_column(LongText)
    #: When the reply was saved (UTC).
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When the reply was last changed (UTC).
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            UniqueConstraint("title", name="uq_support_ticket_saved_reply_title"),
            {"sqlite_autoincrement": True},
        )
