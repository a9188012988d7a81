"""Parse text as a value of one of the host's columns, before a database does."""

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
    """Return ``value`` as the column's type, if it is text and the type is not.

    Raises an error if the text is wrong.
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
