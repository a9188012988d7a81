"""Tags, with which staff group tickets."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from .types import BigId, UtcDateTime, exact_string

NAME_MAX = 40
#: Folding a character yields up to three, such as ``ffi`` for ``ﬃ``.
_KEY_MAX = 3 * NAME_MAX


def key_of(name: str) -> str:
    """Return the key by which names are compared: case-folded and normalized."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


class TicketTagMixin:
    """Column definitions for tags. Requesters never see them."""

    __tablename__ = "support_ticket_tag"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    #: A single line of 1 to 40 characters, as first written.
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    #: The case-folded name, by which tags are compared.
    name_key: Mapped[str] = mapped_column(exact_string(_KEY_MAX))
    #: When the tag was created (UTC).
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            UniqueConstraint("name_key", name="uq_support_ticket_tag_name_key"),
            {"sqlite_autoincrement": True},
        )
