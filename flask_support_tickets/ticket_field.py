"""`TicketField`: a field of a ticket, declared once for forms, API, CSV and pages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from marshmallow import ValidationError, fields, missing, validate

from .text_rules import BlankText, TextError, clean_text, text_pattern

if TYPE_CHECKING:
    Field = fields.Field[Any]
else:  # marshmallow 3 has no generic fields
    Field = fields.Field


class CleanText(fields.String):
    """A string under the rules for text (T1 to T4); ``blank`` is the error for an empty one."""

    def __init__(
        self, max_length: int, *, single_line: bool = False, blank: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.max_length = max_length
        self.single_line = single_line
        self.blank = blank

    def openapi(self) -> dict[str, Any]:
        """Return the JSON Schema; length is counted after trimming."""
        pattern = text_pattern(single_line=self.single_line)
        return {"type": "string", "minLength": 1, "maxLength": self.max_length, "pattern": pattern}

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, *args, **kwargs)
        try:
            return clean_text(text, max_length=self.max_length, single_line=self.single_line)
        except BlankText as error:
            raise ValidationError(str(self.blank or error)) from error
        except TextError as error:
            raise ValidationError(str(error)) from error


@dataclass(frozen=True, eq=False)
class TicketField:
    """A field of a ticket, declared once.

    The form, API bodies, responses and filters, the OpenAPI document, the CSV file, the queue and
    the ticket's page read this declaration.
    """

    #: The attribute of the ticket; a column of its table.
    name: str
    #: The marshmallow field that validates a value, and converts it to JSON.
    field: Field
    _: KW_ONLY
    #: The label in forms, lists and files.
    label: Any
    #: What the requester may do when opening a ticket; None hides the field from requesters.
    requester: Literal["write", "read"] | None = "write"
    #: The hint in the form.
    description: Any = None
    #: Names for values, such as ``{"high": lazy_gettext("High")}``.
    choice_labels: Mapping[Any, Any] | None = None
    #: Parses the query parameter that filters a list by equality; None means no filter.
    filter: Field | None = None
    #: Whether the queue has a column for it.
    in_queue: bool = False

    @cached_property
    def key(self) -> str:
        """The name in JSON, in query strings and in forms: ``orderId`` for ``order_id``."""
        first, *rest = self.name.split("_")
        return first + "".join(word.capitalize() for word in rest)

    @property
    def choices(self) -> Sequence[Any]:
        """The values to choose from; empty if there is no such list."""
        one_of = [each for each in self.field.validators if isinstance(each, validate.OneOf)]
        found: Sequence[Any] = getattr(self.field, "choices", ()) or [
            choice for each in one_of for choice in each.choices
        ]
        return found

    @property
    def max_length(self) -> int | None:
        """The limit in characters, if the field has one."""
        return getattr(self.field, "max_length", None)

    @property
    def input_type(self) -> str:
        """The ``type`` of the HTML input."""
        return "number" if isinstance(self.field, fields.Integer) else "text"

    def clean(self, value: Any) -> Any:
        """Return ``value`` as it is stored. Raises marshmallow's `ValidationError`."""
        is_empty = value is None or (value == "" and not self.field.required)
        return self.field.deserialize(missing if is_empty else value)

    def parse(self, text: str) -> Any:
        """Return the value for a text typed into a form. Raises marshmallow's `ValidationError`."""
        if not (text.strip() or self.field.required):
            return self.clean(None)
        is_number = self.input_type == "number" and re.fullmatch("-?[0-9]{1,18}", text.strip())
        return self.clean(int(text) if is_number else text)

    def text(self, value: Any) -> str | None:
        """Return a value as people read it; None if there is none."""
        return None if value is None else str((self.choice_labels or {}).get(value, value))


def named(field: Field, key: str) -> Field:
    """Return a copy of ``field`` that is called ``key`` in JSON and in query strings."""
    field = copy(field)
    field.data_key = key
    return field
