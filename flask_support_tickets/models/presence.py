"""Presence: which staff members have a ticket's page open."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from .foreign_keys import HasTicket, HasUser
from .types import BigId, UtcDateTime


class TicketPresenceMixin(HasUser, HasTicket):
    """Column definitions for presence, one row per user and ticket (rule M4)."""

    __tablename__ = "support_ticket_presence"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    #: Whether the user has typed something into the reply form.
    is_replying: Mapped[bool] = mapped_column(Boolean)
    #: When the page was last loaded or polled (UTC).
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            UniqueConstraint("user_id", "ticket_id", name="uq_support_ticket_presence"),
            Index("ix_support_ticket_presence_ticket_id", "ticket_id"),
            {"sqlite_autoincrement": True},
        )
