"""The type of the host's user key, taken from its user model."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, literal
from sqlalchemy.orm import ColumnProperty
from sqlalchemy.orm.attributes import InstrumentedAttribute

from ..errors import ConfigurationError

#: The key of a user of the host.
UserId = int | str | uuid.UUID
_INTEGER_LIMIT = 2**63


class UserKey:
    """The primary key column of ``user_model``, and how its values look in JSON and in text.

    Raises `ConfigurationError` for a model without a mapping, with a composite key, or with a
    key that is not an integer, a UUID or a string.
    """

    def __init__(self, user_model: type[Any]) -> None:
        mapper = getattr(user_model, "__mapper__", None)
        if mapper is None:
            raise ConfigurationError(f"user_model={user_model!r} is not a mapped class.")
        if len(mapper.primary_key) != 1:
            raise ConfigurationError(
                f"{user_model.__name__} has a composite primary key; Support Tickets need a user "
                "model with a single key column."
            )
        self.user_model = user_model
        self.column: Column[Any] = mapper.primary_key[0]
        self.python_type: type[Any] | None = None
        with suppress(NotImplementedError):  # a type of the host's own that does not tell
            self.python_type = self.column.type.python_type
        if self.python_type not in (int, uuid.UUID, str):
            raise ConfigurationError(
                f"The key of {user_model.__name__} is of type {self.column.type!r}; Support "
                "Tickets take integer, UUID and string keys."
            )

    def columns_of(self, attributes: Iterable[str]) -> list[Column[Any]] | None:
        """Return the columns of attributes; None if one is no plain column of the key's table."""
        found = []
        for name in attributes:
            attribute = getattr(self.user_model, name)
            # A hybrid looks like what it reads, and may say something else of a user.
            if not isinstance(attribute, InstrumentedAttribute) or not isinstance(
                attribute.property, ColumnProperty
            ):
                return None
            [column, *_] = attribute.property.columns
            if not isinstance(column, Column) or column.table is not self.column.table:
                return None
            found.append(column)
        return found

    def columns_of_another(self, attributes: Iterable[str]) -> list[ColumnElement[Any]]:
        """Return the key and `columns_of` some attributes, each time of another alias."""
        alias, columns = self.column.table.alias(), self.columns_of(attributes)
        assert columns is not None  # whoever asks has looked before
        return [alias.c[column.key] for column in (self.column, *columns)]

    def equals(self, column: Any, value: Any) -> ColumnElement[bool]:
        """Build: ``column = value``. A number beyond the column's type finds nothing."""
        condition: ColumnElement[bool] = column == (
            literal(value, BigInteger()) if self.python_type is int else value
        )
        return condition

    @staticmethod
    def to_json(value: UserId | None) -> int | str | None:
        """Return a key as it stands in JSON: UUIDs as hyphenated lower-case strings."""
        return str(value) if isinstance(value, uuid.UUID) else value

    def from_json(self, value: Any) -> UserId | None:
        """Return the key for a JSON value of the type that `to_json` emits, or None."""
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
        """Return the key for its text in a query string or on a command line, or None."""
        return parse_id(value) if self.python_type is int else self.from_json(value)

    def openapi(self) -> dict[str, Any]:
        """Return what OpenAPI says of a key in JSON."""
        if self.python_type is int:
            return {"type": "integer", "minimum": -_INTEGER_LIMIT, "maximum": _INTEGER_LIMIT - 1}
        if self.python_type is uuid.UUID:
            return {"type": "string", "format": "uuid"}
        return {"type": "string", "minLength": 1, "maxLength": 255}


def parse_id(value: str) -> int | None:
    """Return the id for ASCII ``[1-9][0-9]{0,18}`` below 2**63, or None."""
    if not (value.isascii() and value.isdigit()) or len(value) > 19 or value[0] == "0":
        return None
    number = int(value)
    return number if number < _INTEGER_LIMIT else None
