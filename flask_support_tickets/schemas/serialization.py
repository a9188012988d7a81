"""A schema's ``dump``, prepared: the same answer for the same row, without asking each field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema, fields

from .fields import ByValue


def prepare(schema: Schema) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return a function that dumps a row as ``schema`` does.

    The row must hold every field, and plain fields values of their own type already: what comes
    from our tables does. Fields of other types are serialised by the schema's field.
    """
    names = list(schema.fields)
    keys = [field.data_key or name for name, field in schema.fields.items()]
    converted = [
        (place, _converter(field))
        for place, field in enumerate(schema.fields.values())
        if not _is_plain(field)
    ]

    def dump(row: Mapping[str, Any]) -> dict[str, Any]:
        values = [row[name] for name in names]
        for place, convert in converted:
            values[place] = convert(values[place])
        return dict(zip(keys, values, strict=True))

    return dump


def _converter(field: fields.Field[Any]) -> Callable[[Any], Any]:
    """Return what turns a value into JSON: a field of ours has it by itself."""
    if isinstance(field, ByValue):
        return field.to_json
    return lambda value: field._serialize(value, None, None)


def _is_plain(field: fields.Field[Any]) -> bool:
    if type(field) is fields.List:
        return _is_plain(field.inner)
    return type(field) in (fields.Integer, fields.String, fields.Boolean)
