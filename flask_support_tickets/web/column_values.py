"""Convert text to the type of a host's column, so that invalid text never reaches the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Enum

from ..models import UtcDateTime

#: The parsers by the Python type of the column.
_PARSERS: Mapping[type[Any], Callable[[str], Any]] = {
    bool: {"1": True, "0": False}.__getitem__,
    int: int,
    float: float,
    Decimal: float,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    time: time.fromisoformat,
    UUID: UUID,
}


def is_utc(column: Any) -> bool:
    """Return whether the column requires times with a time zone."""
    return isinstance(getattr(column, "type", None), UtcDateTime)


def with_zone(column: Any, value: Any) -> Any:
    """Return a time as UTC if the column requires a time zone."""
    is_naive = isinstance(value, datetime) and value.tzinfo is None
    return value.replace(tzinfo=UTC) if is_naive and is_utc(column) else value


def column_value(column: Any, value: Any) -> Any:
    """Convert text to the column's Python type, and return other values unchanged.

    Raises `ValueError` or `KeyError` if the text is not a value of that type.
    """
    kind = getattr(column, "type", None)
    if not isinstance(value, str) or kind is None:
        return value
    if isinstance(kind, Enum):
        if value not in kind.enums:
            raise ValueError(value)
        return value
    try:
        python_type = datetime if is_utc(column) else kind.python_type
    except NotImplementedError:  # a custom type may not have one
        return value
    return _PARSERS.get(python_type, str)(value)
