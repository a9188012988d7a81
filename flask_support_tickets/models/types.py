"""Column types that behave the same on every database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String, Text, false, text
from sqlalchemy.dialects.mysql import DATETIME, MEDIUMTEXT, VARCHAR
from sqlalchemy.orm import MappedColumn, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

#: 64-bit ids. On SQLite, only INTEGER columns can autoincrement.
BigId = BigInteger().with_variant(Integer(), "sqlite")

#: Text of up to 20,000 four-byte characters. MariaDB's TEXT is limited to 65,535 bytes.
LongText = Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb")


def exact_string(length: int) -> TypeEngine[str]:
    """Return a type for strings that are compared exactly, even on MariaDB."""
    binary = VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return String(length).with_variant(binary, "mysql", "mariadb")


def added_counter() -> MappedColumn[int]:
    """Return a counter column that starts at 0, also in the rows of an older database."""
    return mapped_column(default=0, server_default=text("0"))


def added_flag() -> MappedColumn[bool]:
    """Return a column that is false by default, also in the rows of an older database."""
    return mapped_column(default=False, server_default=false())


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC with microsecond precision."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert the value to UTC. Raises `ValueError` for a naive datetime."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A datetime without a zone cannot be stored; pass an aware datetime.")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """Return a function that converts the driver's values. It is chosen once for all rows."""
        if dialect.name == "sqlite":
            return _from_text
        if dialect.name in ("mysql", "mariadb"):
            return lambda value: value and value.replace(tzinfo=UTC)
        return lambda value: value and value.astimezone(UTC)


def _from_text(value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(f"{value}+00:00")
    except ValueError:  # written by hand with a time zone
        moment = datetime.fromisoformat(value).astimezone(UTC)
    # If the value has no time, the suffix is parsed as the time.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def utc_now() -> datetime:
    """Return the current time as an aware datetime in UTC."""
    return datetime.now(UTC)
