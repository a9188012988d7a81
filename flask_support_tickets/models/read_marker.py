"""How far a user has read a ticket, for "2 new replies"."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from .foreign_keys import HasTicket, HasUser
from .types import BigId


class TicketSeenMixin(HasUser, HasTicket):
    """How many comments of a ticket one user has seen (rule R1)."""

    __tablename__ = "support_ticket_seen"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    #: Comments of staff that were seen, as the ticket's owner.
    staff_comments: Mapped[int] = mapped_column(default=0)
    #: Comments of the owner that were seen, as staff.
    owner_comments: Mapped[int] = mapped_column(default=0)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            UniqueConstraint("user_id", "ticket_id", name="uq_support_ticket_seen"),
            Index("ix_support_ticket_seen_ticket_id", "ticket_id"),
            {"sqlite_autoincrement": True},
        )
