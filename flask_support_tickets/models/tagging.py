"""Taggings, which connect tickets with their tags."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, PrimaryKeyConstraint
from sqlalchemy.orm import declared_attr

from .foreign_keys import HasTag, HasTicket


class TicketTaggingMixin(HasTicket, HasTag):
    """Column definitions for taggings. Deleting the ticket or the tag deletes the row."""

    __tablename__ = "support_ticket_tagging"

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            PrimaryKeyConstraint("ticket_id", "tag_id", name="pk_support_ticket_tagging"),
            Index("ix_support_ticket_tagging_tag_id", "tag_id", "ticket_id"),
        )
