"""The primary key of the host's user model."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from sqlalchemy import Column
from sqlalchemy.orm.attributes import InstrumentedAttribute

from ..errors import ConfigurationError

#: A value of a user's primary key.
UserId = int | str | uuid.UUID
_INTEGER_LIMIT = 2**63


class UserKey:
    """The primary key column of ``user_model``, with conversions for JSON and text.

    Raises `ConfigurationError` if the model is not mapped, or if its key is not a single integer,
    UUID or string column.
    """

    def __init__(self, user_model: type[Any]) -> None:
        mapper = getattr(user_model, "__mapper__", None)
        if mapper is None:
            raise ConfigurationError(f"user_model={user_model!r} is not a mapped class.")
        if len(mapper.primary_key) != 1:
            raise ConfigurationError(
                f"{user_model.__name__} has a composite primary key; Support Tickets needs a user "
                "model with a single key column."
            )
        self.user_model = user_model
        self.column: Column[Any] = mapper.primary_key[0]
        self.python_type: type[Any] | None = None
        with suppress(NotImplementedError):  # a custom type may not have one
            self.python_type = self.column.type.python_type
        if self.python_type not in (int, uuid.UUID, str):
            raise ConfigurationError(
                f"The key of {user_model.__name__} is of type {self.column.type!r}; Support "
                "Tickets supports integer, UUID and string keys."
            )

    def columns_of(self, attributes: Iterable[str]) -> list[Column[Any]] | None:
        """Return the attributes' columns, or None unless all are plain columns of the table."""
        found = []
        for name in attributes:
            attribute = getattr(self.user_model, name)
            is_mapped = isinstance(attribute, InstrumentedAttribute)  # a hybrid is not
            [column, *_] = getattr(attribute.property, "columns", [None]) if is_mapped else [None]
            if not isinstance(column, Column) or column.table is not self.column.table:
                return None
            found.append(column)
        return found

    @staticmethod
    def to_json(value: UserId | None) -> int | str | None:
        """Return a key as a JSON value. A UUID becomes a hyphenated lowercase string."""
        return str(value) if isinstance(value, uuid.UUID) else value

    def from_json(self, value: Any) -> UserId | None:
        """Return the key for a JSON value, or None if `to_json` would never return that value."""
        if self.python_type is int:
            is_integer = isinstance(value, int) and not isinstance(value, bool)
            return value if is_integer and -_INTEGER_LIMIT <= value < _INTEGER_LIMIT else None
        if not isinstance(value, str):
            return None
        if self.python_type is str:
            return value if 0 < len(value) <= 255 and value.isprintable() else None
        with suppress(ValueError):
            if str(key := uuid.UUID(value)) == value:
                return key
        return None

    def from_text(self, value: str) -> UserId | None:
        """Parse a key from a query string or the command line, or return None if it is invalid."""
        return parse_id(value) if self.python_type is int else self.from_json(value)

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI schema for a key."""
        if self.python_type is int:
            return {"type": "integer", "minimum": -_INTEGER_LIMIT, "maximum": _INTEGER_LIMIT - 1}
        if self.python_type is uuid.UUID:
            return {"type": "string", "format": "uuid"}
        return {"type": "string", "minLength": 1, "maxLength": 255}


def parse_id(value: str) -> int | None:
    """Parse an id that matches ``[1-9][0-9]{0,18}`` and is below 2**63, or return None."""
    if not (value.isascii() and value.isdigit()) or len(value) > 19 or value[0] == "0":
        return None
    number = int(value)
    return number if number < _INTEGER_LIMIT else None
