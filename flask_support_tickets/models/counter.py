"""Counters of tickets by status, updated in the transaction that changes the ticket."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, PrimaryKeyConstraint, SmallInteger
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

#: Ids in a block. A block is one row; the newest ones are up to `SLOTS` rows (rule N1).
BLOCK_SIZE = 4_096
#: Rows that share the counting of a new block, so that simultaneous writers do not wait in line.
SLOTS = 16
#: The column that counts a status, by its value.
COUNT_COLUMNS = ("new_count", "in_progress_count", "resolved_count", "closed_count")


class TicketCounterMixin:
    """The tickets of one block of ids, by status. Only sums over a block's slots mean something."""

    __tablename__ = "support_ticket_counter"

    #: The tickets' ids divided by 4,096.
    block: Mapped[int] = mapped_column(BigInteger, autoincrement=False)
    #: Which of the block's rows; what is added in one may be taken away in another.
    slot: Mapped[int] = mapped_column(SmallInteger, autoincrement=False)
    #: Tickets that are New.
    new_count: Mapped[int] = mapped_column(default=0)
    #: Tickets that are InProgress.
    in_progress_count: Mapped[int] = mapped_column(default=0)
    #: Tickets that are Resolved.
    resolved_count: Mapped[int] = mapped_column(default=0)
    #: Tickets that are Closed.
    closed_count: Mapped[int] = mapped_column(default=0)
    #: Changes of these tickets: filed, moved, assigned, commented.
    change_count: Mapped[int] = mapped_column(BigInteger, default=0)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (PrimaryKeyConstraint("block", "slot", name="pk_support_ticket_counter"),)
