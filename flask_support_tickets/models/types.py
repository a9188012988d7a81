"""Column types that behave the same on every database."""

from __future__ import annotations

from collections.abc import Callable
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

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """Return what reads a value as the driver has it; a list has a hundred of them."""
        if dialect.name == "sqlite":
            return _from_text
        return _from_naive if dialect.name in ("mysql", "mariadb") else _from_aware


def _from_text(value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(f"{value}+00:00")
    except ValueError:  # written by hand, with a zone
        moment = datetime.fromisoformat(value).astimezone(UTC)
    # Of a day alone, what was added is taken for the time.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _from_naive(value: datetime | None) -> datetime | None:
    return None if value is None else value.replace(tzinfo=UTC)


def _from_aware(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


def utc_now() -> datetime:
    """Return this moment, aware, in UTC."""
    return datetime.now(UTC)
