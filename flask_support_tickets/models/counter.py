"""Counters for the tickets in each status, updated in the same transaction as the tickets."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, PrimaryKeyConstraint, SmallInteger
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

#: The number of ids in a block. New blocks have up to `SLOTS` rows; others have one (rule N1).
BLOCK_SIZE = 4_096
#: The maximum number of rows in a block. Several rows keep writers from waiting for each other.
SLOTS = 16
#: The columns that count the tickets in each status, indexed by the status value.
COUNT_COLUMNS = ("new_count", "in_progress_count", "resolved_count", "closed_count")


class TicketCounterMixin:
    """Column definitions for counters. A block's count is the sum over its slots."""

    __tablename__ = "support_ticket_counter"

    #: The ticket id divided by `BLOCK_SIZE`, rounded down.
    block: Mapped[int] = mapped_column(BigInteger, autoincrement=False)
    #: The row within the block. A single row's counts may be negative; only the sum is meaningful.
    slot: Mapped[int] = mapped_column(SmallInteger, autoincrement=False)
    #: The number of tickets in each status.
    new_count: Mapped[int] = mapped_column(default=0)
    in_progress_count: Mapped[int] = mapped_column(default=0)
    resolved_count: Mapped[int] = mapped_column(default=0)
    closed_count: Mapped[int] = mapped_column(default=0)
    #: The number of changes to these tickets, which is the sum of their versions.
    change_count: Mapped[int] = mapped_column(BigInteger, default=0)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (PrimaryKeyConstraint("block", "slot", name="pk_support_ticket_counter"),)
