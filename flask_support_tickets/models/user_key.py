"""The type of the host's user key, taken from its user model."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from sqlalchemy import Column
from sqlalchemy.orm.attributes import InstrumentedAttribute

from ..errors import ConfigurationError

#: The primary key of a user.
UserId = int | str | uuid.UUID
_INTEGER_LIMIT = 2**63


class UserKey:
    """The primary key column of ``user_model``, and its conversion from and to JSON and text.

    Raises `ConfigurationError` if the model is not mapped or its key is not a single integer, UUID
    or string column.
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
        with suppress(NotImplementedError):  # a custom type may have none
            self.python_type = self.column.type.python_type
        if self.python_type not in (int, uuid.UUID, str):
            raise ConfigurationError(
                f"The key of {user_model.__name__} is of type {self.column.type!r}; Support "
                "Tickets supports integer, UUID and string keys."
            )

    def columns_of(self, attributes: Iterable[str]) -> list[Column[Any]] | None:
        """Return the attributes' columns, or None if one is not a plain column of the table."""
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
        """Return a key for JSON: UUIDs as hyphenated lower-case strings."""
        return str(value) if isinstance(value, uuid.UUID) else value

    def from_json(self, value: Any) -> UserId | None:
        """Return the key for a JSON value, or None if `to_json` never returns such a value."""
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
        """Parse a key in a query string or on a command line; return None if it is invalid."""
        return parse_id(value) if self.python_type is int else self.from_json(value)

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI schema of a key."""
        if self.python_type is int:
            return {"type": "integer", "minimum": -_INTEGER_LIMIT, "maximum": _INTEGER_LIMIT - 1}
        if self.python_type is uuid.UUID:
            return {"type": "string", "format": "uuid"}
        return {"type": "string", "minLength": 1, "maxLength": 255}


def parse_id(value: str) -> int | None:
    """Return the id for ASCII ``[1-9][0-9]{0,18}`` below 2**63, otherwise None."""
    if not (value.isascii() and value.isdigit()) or len(value) > 19 or value[0] == "0":
        return None
    number = int(value)
    return number if number < _INTEGER_LIMIT else None
