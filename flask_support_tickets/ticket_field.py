"""Declare ticket fields with `TicketField` and the marshmallow field `CleanText`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import KW_ONLY, dataclass, replace
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from marshmallow import ValidationError, fields, missing, validate

from .errors import ConfigurationError
from .i18n import gettext
from .text_rules import BlankText, TextError, clean_search, clean_text, text_pattern

if TYPE_CHECKING:
    Field = fields.Field[Any]
    ListField = fields.List[Any]
else:  # marshmallow 3 has no generic fields
    Field, ListField = fields.Field, fields.List


class CleanText(fields.String):
    """A string that follows the text rules (T1 to T4); ``blank`` is the error for blank text."""

    def __init__(
        self, max_length: int, *, single_line: bool = False, blank: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.max_length = max_length
        self.single_line = single_line
        self.blank = blank

    def openapi(self) -> dict[str, Any]:
        """Return the JSON Schema, whose length limits apply after trimming."""
        limits = {"minLength": 1, "maxLength": self.max_length}
        return {"type": "string", **limits, "pattern": text_pattern()}

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, *args, **kwargs)
        try:
            return clean_text(text, max_length=self.max_length, single_line=self.single_line)
        except BlankText as error:
            raise ValidationError(str(self.blank or error)) from error
        except TextError as error:
            raise ValidationError(str(error)) from error


class SearchText(fields.String):
    """The words of a search, in which control characters count as spaces; None without words."""

    def __init__(self, max_length: int, **kwargs: Any) -> None:
        super().__init__(load_default=None, **kwargs)
        self.max_length = max_length

    def openapi(self) -> dict[str, Any]:
        """Return the JSON Schema, whose length limit applies after trimming."""
        return {"type": "string", "maxLength": self.max_length}

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text: str = super()._deserialize(value, *args, **kwargs)
        try:
            return clean_search(text, max_length=self.max_length)
        except TextError as error:
            raise ValidationError(str(error)) from error


class NameList(Field):
    """A comma-separated list of names or values of an enumeration, loaded as its members."""

    def __init__(self, names: type[IntEnum]) -> None:
        super().__init__(load_default=())
        self.names = names

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> tuple[IntEnum, ...]:
        members = {name: each for each in self.names for name in (each.name, str(each.value))}
        try:
            return tuple(dict.fromkeys(members[part] for part in value.split(",")))
        except KeyError as error:
            message = gettext("Use one or more of: %(names)s.")
            names = ", ".join(each.name for each in self.names)
            raise ValidationError(message % {"names": names}) from error

    def openapi(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        one = "|".join(text for each in self.names for text in (each.name, str(each.value)))
        return {"type": "string", "pattern": f"^({one})(,({one}))*$"}


#: The HTML input types for the marshmallow fields that forms support, other than ``text``.
_INPUT_TYPES: Sequence[tuple[type[Any], str]] = (
    (fields.Number, "number"), (fields.Boolean, "checkbox"), (fields.Date, "date"),
)  # fmt: skip
_WHOLE = "-?[0-9]{1,18}"
#: The texts that a filter accepts. Marshmallow would also accept ``yes``, ``1_0`` and ``2026-W01``.
_FILTER_TEXTS: Sequence[tuple[type[Any], str]] = (
    (fields.Boolean, "[Tt]rue|[Ff]alse"),
    (fields.Integer, _WHOLE),
    (fields.Number, r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?"),
    (fields.Date, "[0-9]{4}-[0-9]{2}-[0-9]{2}"),
)
_FORM_FIELDS: tuple[type[Any], ...] = (fields.String, *(kind for kind, _ in _INPUT_TYPES))


class FilterValue(Field):
    """A query parameter that filters by the value of a declared field."""

    def __init__(self, declared: TicketField) -> None:
        super().__init__(load_default=None)
        self.declared = declared

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        kind = self.declared.field
        pattern = next((text for each, text in _FILTER_TEXTS if isinstance(kind, each)), None)
        if pattern is not None and not re.fullmatch(pattern, value.strip()):
            raise kind.make_error("invalid", input=value, obj_type="date")
        return self.declared.parse(value.strip())


@dataclass(frozen=True, eq=False)
class TicketField:
    """A ticket field, declared once for all forms, pages, API schemas and exports."""

    #: The name of a `Ticket` attribute that is mapped to a column.
    name: str
    #: The marshmallow field that validates a value and converts it to JSON.
    field: Field
    _: KW_ONLY
    #: The label in forms, lists and exports.
    label: Any
    #: Whether requesters can set the field, set it only in a new ticket ("open"), or only read it.
    #: None hides it.
    requester: Literal["write", "open", "read"] | None = "write"
    #: Whether staff can set the field, or only read it.
    staff: Literal["write", "read"] = "write"
    #: The hint under the form input.
    description: Any = None
    #: Labels for values, such as ``{"high": lazy_gettext("High")}``.
    choice_labels: Mapping[Any, Any] | None = None
    #: Parses the query parameter that filters lists by a value, or by one of several in a tuple.
    #: None means no filter.
    filter: Field | None = None
    #: Whether the queue has a column for the field.
    in_queue: bool = False
    #: Whether the value is in a column of the ticket. Only built-in fields can be stored elsewhere.
    is_column: bool = True

    @cached_property
    def key(self) -> str:
        """The name in JSON, query strings and forms, such as ``orderId`` for ``order_id``."""
        first, *rest = self.name.split("_")
        return first + "".join(word.capitalize() for word in rest)

    @property
    def choices(self) -> Sequence[Any]:
        """The values to choose from; empty if any value is allowed."""
        if isinstance(self.field, fields.Boolean):
            return True, False
        one_of = [each for each in self.field.validators if isinstance(each, validate.OneOf)]
        declared: Sequence[Any] = getattr(self.field, "choices", ())
        return declared or [choice for each in one_of for choice in each.choices]

    @property
    def default(self) -> Any:
        """The value for a ticket that is opened without one, if it is not None."""
        value: Any = self.field.load_default
        return None if value is missing else value() if callable(value) else value

    @property
    def max_length(self) -> int | None:
        """The maximum length in characters, if there is one."""
        return getattr(self.field, "max_length", None)

    @property
    def input_type(self) -> str:
        """The ``type`` of the HTML input."""
        return next((name for kind, name in _INPUT_TYPES if isinstance(self.field, kind)), "text")

    def clean(self, value: Any) -> Any:
        """Validate ``value`` and return what to store. Raises marshmallow's `ValidationError`."""
        is_empty = value is None or (value == "" and not self.field.required)
        cleaned = self.field.deserialize(missing if is_empty else value)
        return None if cleaned is missing else cleaned

    def parse(self, text: str) -> Any:
        """Parse the text from a form input. Raises marshmallow's `ValidationError`."""
        if not (text.strip() or self.field.required):
            return self.clean(None)
        if isinstance(self.field, fields.List):
            return self.clean([part for part in text.split(",") if part.strip()])
        is_whole = isinstance(self.field, fields.Integer) and re.fullmatch(_WHOLE, text.strip())
        return self.clean(int(text) if is_whole else text)

    def to_json(self, value: Any) -> Any:
        """Serialize ``value`` with the marshmallow field."""
        return self.field.serialize(self.name, {self.name: value})

    def input_text(self, value: Any) -> str:
        """Return the text of the form input; for a checkbox, ``true`` or nothing."""
        if value is None or value is False:
            return ""
        if isinstance(value, tuple):
            return ", ".join(value)
        return "true" if value is True else str(self.to_json(value))

    def text(self, value: Any) -> str | None:
        """Format a value, or several in a tuple, for display; None stays None."""
        if isinstance(value, tuple | list):
            return ", ".join(str(self.text(each)) for each in value) or None
        if isinstance(value, bool) and self.choice_labels is None:
            return gettext("Yes") if value else gettext("No")
        return None if value is None else str((self.choice_labels or {}).get(value, value))

    def options(self) -> list[tuple[Any, str | None]]:
        """Return the choices as pairs of a value and its text."""
        return [(choice, self.text(choice)) for choice in self.choices]


def named(field: Field, key: str) -> Field:
    """Return a copy of ``field`` with ``key`` as its name in JSON and query strings."""
    field = copy(field)
    field.data_key = key
    return field


def check_ticket_fields(
    declared: Sequence[TicketField], columns: Mapping[str, Any], reserved: Collection[str]
) -> list[TicketField]:
    """Validate and return the host's fields, adding a filter to each one with an indexed column.

    ``columns`` maps attribute names to the host's columns on the ticket. ``reserved`` contains the
    names that are already taken in JSON, query strings and forms. Raises `ConfigurationError`.
    """
    taken = set(reserved)
    for field in declared:
        if field.name not in columns:
            raise ConfigurationError(
                f"TicketField {field.name!r} has no column. Add it to "
                'model_mixins={"Ticket": ...}.'
            )
        if field.key in taken:
            raise ConfigurationError(f"TicketField {field.name!r}: {field.key!r} is already used.")
        if not isinstance(field.field, _FORM_FIELDS):
            kind = type(field.field).__name__
            raise ConfigurationError(
                f"TicketField {field.name!r}: a form cannot show a {kind} field. Use String, "
                "Integer, Float, Decimal, Boolean or Date."
            )
        taken.add(field.key)
    return [
        replace(field, filter=FilterValue(field)) if is_indexed(columns[field.name]) else field
        for field in declared
    ]


def is_indexed(column: Any) -> bool:
    """Return whether an index starts with ``column``."""
    first = [next(iter(index.columns)) for index in column.table.indexes]
    return bool(column.unique) or any(each is column for each in first)
