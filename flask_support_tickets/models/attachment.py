"""Attachments to tickets and comments: links and uploaded files."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.schema import conv

from ..text_rules import FILE_NAME_MAX_BYTES
from .foreign_keys import HasComment, HasOptionalTicket, HasUser
from .types import BigId, UtcDateTime

URL_MAX = 2_000
#: The path under which files are served, relative to the app's prefix.
UPLOADS_PATH = "/api/ticket-attachments"
#: The number of random bytes in a file's key, which has twice as many hexadecimal digits.
KEY_BYTES = 20
KEY_PATTERN = rf"[0-9a-f]{{{2 * KEY_BYTES}}}"

_IS_LINK = "url IS NOT NULL AND ticket_id IS NOT NULL AND storage_key IS NULL"
_IS_FILE = (
    "url IS NULL AND storage_key IS NOT NULL AND filename IS NOT NULL"
    " AND content_type IS NOT NULL AND size IS NOT NULL AND sha256 IS NOT NULL"
)


def path_of(storage_key: str | None, filename: str | None) -> str:
    """Return the path at which a file is served, relative to the app's prefix."""
    return f"{UPLOADS_PATH}/{storage_key}/{quote(filename or '', safe='')}"


class TicketAttachmentMixin(HasOptionalTicket, HasComment, HasUser):
    """Column definitions for attachments, which are links or uploaded files.

    Links are never fetched. A file is stored under its key. An upload that has not been used yet
    has no ticket (rule B5).
    """

    __tablename__ = "support_ticket_attachment"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    #: The position among the attachments to the same ticket or comment, starting at 0.
    position: Mapped[int] = mapped_column(default=0)
    #: An absolute ``http(s)`` URL of up to 2,000 characters; NULL for a file.
    url: Mapped[str | None] = mapped_column(String(URL_MAX))
    #: The file's random key in the store, as 40 hexadecimal digits; NULL for a link.
    storage_key: Mapped[str | None] = mapped_column(String(2 * KEY_BYTES))
    #: The file's cleaned name, up to 255 bytes long in UTF-8.
    filename: Mapped[str | None] = mapped_column(String(FILE_NAME_MAX_BYTES))
    #: The media type, detected from the content.
    content_type: Mapped[str | None] = mapped_column(String(100))
    #: The size in bytes.
    size: Mapped[int | None] = mapped_column(BigInteger)
    #: The SHA-256 hash of the content, as 64 hexadecimal digits.
    sha256: Mapped[str | None] = mapped_column(String(64))
    #: Whether the file has preview images.
    has_preview: Mapped[bool] = mapped_column(default=False)
    #: When the link was attached or the file was uploaded (UTC).
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def path(self) -> str:
        """The path at which the file is served, relative to the app's prefix."""
        return path_of(self.storage_key, self.filename)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            CheckConstraint(
                f"({_IS_LINK}) OR ({_IS_FILE})", name=conv("ck_support_ticket_attachment_kind")
            ),
            UniqueConstraint("storage_key", name="uq_support_ticket_attachment_storage_key"),
            Index("ix_support_ticket_attachment_ticket_id", "ticket_id", "comment_id", "position"),
            Index("ix_support_ticket_attachment_comment_id", "comment_id"),
            Index("ix_support_ticket_attachment_user_id", "user_id"),
            {"sqlite_autoincrement": True},
        )
