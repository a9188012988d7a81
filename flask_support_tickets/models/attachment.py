"""What hangs on a ticket or a comment."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from .links import Links, row_column, user_column
from .types import BigId, UtcDateTime

URL_MAX = 2_000


class TicketAttachmentMixin:
    """A link to an ``http(s)`` address that its author attached. It is never fetched."""

    __tablename__ = "support_ticket_attachment"
    __support_links__: ClassVar[Links]

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    #: Place in the author's list, from 0.
    position: Mapped[int]
    #: Absolute ``http(s)`` URL up to 2,000 characters.
    url: Mapped[str] = mapped_column(String(URL_MAX))
    #: When it was attached (UTC).
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @declared_attr
    def ticket_id(cls) -> Mapped[int]:
        """The ticket whose readers may see it."""
        return row_column(cls, "ticket_id", "ticket")

    @declared_attr
    def comment_id(cls) -> Mapped[int | None]:
        """The comment it hangs on; NULL when it hangs on the ticket itself."""
        return row_column(cls, "comment_id", "comment", nullable=True)

    @declared_attr
    def user_id(cls) -> Mapped[Any]:
        """Who attached it; NULL when that user is gone."""
        return user_column(cls, "user_id")

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (
            Index("ix_support_ticket_attachment_ticket_id", "ticket_id", "comment_id", "position"),
            Index("ix_support_ticket_attachment_comment_id", "comment_id"),
            Index("ix_support_ticket_attachment_user_id", "user_id"),
            {"sqlite_autoincrement": True},
        )
