"""Column types that mean the same on every database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String, Text
from sqlalchemy.dialects.mysql import DATETIME, MEDIUMTEXT, VARCHAR
from sqlalchemy.types import TypeDecorator, TypeEngine

#: Ids: 64 bits everywhere (SQLite counts rows up by itself for INTEGER only).
BigId = BigInteger().with_variant(Integer(), "sqlite")

#: Text of up to 20,000 characters of four bytes each; MariaDB's TEXT ends at 65,535 bytes.
LongText = Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb")


def exact_string(length: int) -> TypeEngine[str]:
    """Return a type for text that is compared character by character; MariaDB folds else."""
    binary = VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return String(length).with_variant(binary, "mysql", "mariadb")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, stored as UTC to the microsecond, and aware when it comes back."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Raises ValueError for a naive time: nobody knows which moment it means."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time without a zone cannot be stored; pass an aware datetime.")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def utc_now() -> datetime:
    """Return this moment, aware, in UTC."""
    return datetime.now(UTC)
