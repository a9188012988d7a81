"""Read markers, which record how many of a ticket's comments a user has read."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from .foreign_keys import HasTicket, HasUser
from .types import BigId


class TicketSeenMixin(HasUser, HasTicket):
    """Column definitions for read markers, one per user and ticket (rule R1)."""

    __tablename__ = "support_ticket_seen"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    #: The number of staff comments that the user has read as the ticket's requester.
    staff_comments: Mapped[int] = mapped_column(default=0)
    #: The number of the requester's comments that the user has read as staff.
    owner_comments: Mapped[int] = mapped_column(default=0)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            UniqueConstraint("user_id", "ticket_id", name="uq_support_ticket_seen"),
            Index("ix_support_ticket_seen_ticket_id", "ticket_id"),
            {"sqlite_autoincrement": True},
        )
