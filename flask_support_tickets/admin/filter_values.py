"""Parse the values of the host's filters, and check them before a database does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_admin.contrib.sqla import filters
from sqlalchemy import Enum

from ..models import UtcDateTime
from ..text_rules import clean_text

_VALUE_MAX = 1_000
#: The filters that compare a column with a value of its type.
_COMPARING = (
    filters.FilterEqual, filters.FilterNotEqual, filters.FilterGreater, filters.FilterSmaller,
    filters.FilterInList,
)  # fmt: skip
#: The parsers for text that a filter does not parse, such as `FilterEqual` with a number.
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


def parse_filter_value(stock: Any, text: str) -> Any:
    """Return the value for one of Flask-Admin's filters. Raises an error if ``text`` is wrong."""
    text = clean_text(text, max_length=_VALUE_MAX, single_line=True)
    is_choice = not isinstance(stock, filters.FilterEmpty) or text in ("0", "1")
    if not (is_choice and stock.validate(text)):
        raise ValueError(text)
    value = stock.clean(text)
    if value == []:
        raise ValueError(text)
    is_comparing = isinstance(stock, _COMPARING)
    kind = getattr(stock.column, "type", None)
    values = [
        _with_zone(kind, _as_type(kind, each) if is_comparing else each)
        for each in (value if isinstance(value, list) else [value])
    ]
    return values if isinstance(value, list) else values[0]


def is_utc(column: Any) -> bool:
    """Return whether the column requires times with a time zone."""
    return isinstance(getattr(column, "type", None), UtcDateTime)


def _as_type(kind: Any, value: Any) -> Any:
    """Return ``value`` as the column's type ``kind``, if it is text and the type is not."""
    if not isinstance(value, str) or kind is None:
        return value
    if isinstance(kind, Enum):
        if value not in kind.enums:
            raise ValueError(value)
        return value
    try:
        python_type = datetime if isinstance(kind, UtcDateTime) else kind.python_type
    except NotImplementedError:  # a custom type may not have one
        return value
    return _PARSERS.get(python_type, str)(value)


def _with_zone(kind: Any, value: Any) -> Any:
    """Return a time as UTC if the column requires a time zone."""
    is_naive = isinstance(value, datetime) and value.tzinfo is None
    return value.replace(tzinfo=UTC) if is_naive and isinstance(kind, UtcDateTime) else value
