"""What hangs on a ticket or a comment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from .links import CommentLink, TicketLink, UserLink
from .types import BigId, UtcDateTime

URL_MAX = 2_000


class TicketAttachmentMixin(TicketLink, CommentLink, UserLink):
    """A link to an ``http(s)`` address that its author attached. It is never fetched."""

    __tablename__ = "support_ticket_attachment"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    #: Place in the author's list, from 0.
    position: Mapped[int]
    #: Absolute ``http(s)`` URL up to 2,000 characters.
    url: Mapped[str] = mapped_column(String(URL_MAX))
    #: When it was attached (UTC).
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (
            Index("ix_support_ticket_attachment_ticket_id", "ticket_id", "comment_id", "position"),
            Index("ix_support_ticket_attachment_comment_id", "comment_id"),
            Index("ix_support_ticket_attachment_user_id", "user_id"),
            {"sqlite_autoincrement": True},
        )
