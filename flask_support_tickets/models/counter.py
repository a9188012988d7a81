"""Counters of tickets by status, updated in the transaction that changes the ticket."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, PrimaryKeyConstraint, SmallInteger
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

#: Ids in a block. A block is one row; the newest blocks have up to `SLOTS` rows (rule N1).
BLOCK_SIZE = 4_096
#: Rows that share the counts of a new block, so that concurrent writers do not block each other.
SLOTS = 16
#: The column that counts a status, by its value.
COUNT_COLUMNS = ("new_count", "in_progress_count", "resolved_count", "closed_count")


class TicketCounterMixin:
    """The number of tickets by status in one block of ids: the sum over the block's slots."""

    __tablename__ = "support_ticket_counter"

    #: The tickets' ids, divided by 4,096.
    block: Mapped[int] = mapped_column(BigInteger, autoincrement=False)
    #: The row within the block. A row's counts may be negative; only their sum has a meaning.
    slot: Mapped[int] = mapped_column(SmallInteger, autoincrement=False)
    #: The number of tickets in each status.
    new_count: Mapped[int] = mapped_column(default=0)
    in_progress_count: Mapped[int] = mapped_column(default=0)
    resolved_count: Mapped[int] = mapped_column(default=0)
    closed_count: Mapped[int] = mapped_column(default=0)
    #: The number of changes of these tickets: the sum of their versions.
    change_count: Mapped[int] = mapped_column(BigInteger, default=0)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (PrimaryKeyConstraint("block", "slot", name="pk_support_ticket_counter"),)
