"""Custom marshmallow fields and base classes for schemas."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from ..current import current_tickets
from ..i18n import gettext, lazy_gettext
from ..models import OPEN_STATUSES, TicketStatus, UserKey
from ..models.attachment import KEY_PATTERN, UPLOADS_PATH, URL_MAX
from ..models.user_key import UserId, parse_id
from ..services.validation import LINK_PATTERN, check_attachment_count, clean_attachment_urls
from ..text_rules import TextError, margin_class
from ..ticket_field import Field, NameList, TicketField, named
from .attachment_urls import attachment_url, to_upload_path

if TYPE_CHECKING:

    class _Field(fields.Field[Any]): ...

    class _List(fields.List[Any]): ...

else:  # marshmallow 3 has no generic fields
    _Field, _List = fields.Field, fields.List


ME = "me"
NOBODY = "none"
ID_MAX = 2**63 - 1
#: Dates, and times with an offset from UTC.
_DATE = "(?:19|[2-9][0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}"
_OFFSET = "(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
_TIME = r"T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?" + _OFFSET
#: The status filter for New and InProgress.
OPEN = "open"
#: Distinguishes cursors from page numbers.
_CURSOR_PREFIX = "after-"


class AttachmentUrls(_List):
    """A JSON list of attachment URLs; ``null`` means an empty list."""

    def __init__(self) -> None:
        super().__init__(
            fields.String(), data_key="attachmentUrls", load_default=None, allow_none=True
        )

    def openapi(self) -> dict[str, Any]:
        """Return the JSON Schema. Upload owners and link hosts are checked elsewhere."""
        url = {"type": "string", "minLength": 1, "maxLength": URL_MAX, "pattern": _url_pattern()}
        limit = current_tickets.config.attachment_max_count
        return {"type": "array", "items": url, "maxItems": limit}

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        try:
            if isinstance(value, list):
                check_attachment_count(len(value))  # fail fast on a very long list
            urls: Any = super()._deserialize(value, *args, **kwargs)
            return list(clean_attachment_urls(urls and [to_upload_path(url) for url in urls]))
        except TextError as error:
            raise ValidationError(str(error)) from error


def _url_pattern() -> str:
    """Return a regular expression for attachment URLs that works in Python and ECMAScript."""
    margin = margin_class()
    control = r"\x00-\x1f\x7f-\x9f"
    link = LINK_PATTERN.replace("(?i:https?)", "[Hh][Tt][Tt][Pp][Ss]?")
    link = link.replace("(?P<host>", "(?:").replace(r"\s", margin + control)
    upload = rf"(?:/[^{control}]*)?{UPLOADS_PATH}/{KEY_PATTERN}/[^/{control}]+"
    return rf"^[{margin}]*(?:{link}|{upload})[{margin}]*$"


class AttachmentUrl(fields.String):
    def _serialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        return attachment_url(value)


def named_schema(name: str) -> dict[str, Any]:
    """Return a reference to a schema that the OpenAPI document defines by name."""
    return {"$ref": f"#/components/schemas/{name}"}


class JsonId(fields.Integer):
    """An ID in a JSON body: an integer, not a string, float or boolean."""

    def __init__(self, **kwargs: Any) -> None:
        limits = validate.Range(1, ID_MAX, error=lazy_gettext("This ID doesn't exist."))
        super().__init__(strict=True, validate=limits, **kwargs)


class JsonBoolean(_Field):
    """``true`` or ``false`` in a JSON body, not a string or a number."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError(gettext("Send true or false."))
        return value

    def openapi(self) -> dict[str, Any]:
        return {"type": "boolean"}


class UserIdField(fields.Raw):
    """A user ID in JSON. This field does not validate it."""

    def _serialize(self, value: Any, *args: Any, **kwargs: Any) -> int | str | None:
        return UserKey.to_json(value)

    def openapi(self) -> dict[str, Any]:
        return current_tickets.models.user_key.openapi()


class Digits(_Field):
    """A positive number in a query string: ASCII digits without a leading zero."""

    def __init__(self, maximum: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.maximum = maximum

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> int:
        number = parse_id(value)
        if number is None or number > self.maximum:
            message = gettext("Use a whole number from 1 to %(maximum)d.")
            raise ValidationError(message % {"maximum": self.maximum})
        return number

    def openapi(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1, "maximum": self.maximum}


class Cursor(_Field):
    """The ``nextCursor`` from an earlier response, loaded as the ID to continue after."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> int:
        number = parse_id(value.removeprefix(_CURSOR_PREFIX) or "0")
        if number is None or not value.startswith(_CURSOR_PREFIX):
            raise ValidationError(gettext("Use the nextCursor from an earlier response."))
        return number

    def openapi(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{_CURSOR_PREFIX}[1-9][0-9]{{0,17}}$"}


def encode_cursor(after_id: int) -> str:
    return f"{_CURSOR_PREFIX}{after_id}"


class StatusList(NameList):
    """A comma-separated list of status names or values, or ``open`` for New and InProgress."""

    def __init__(self) -> None:
        super().__init__(TicketStatus)
        text = "`open` for New and InProgress, or names or values, separated by commas."
        self.metadata = {"description": text}

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> tuple[IntEnum, ...]:
        return OPEN_STATUSES if value == OPEN else super()._deserialize(value)

    def openapi(self) -> dict[str, Any]:
        described = super().openapi()
        return described | {"pattern": f"^{OPEN}$|{described['pattern']}"}


class UserIdText(_Field):
    """A user ID in a query string."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> UserId:
        key = current_tickets.models.user_key.from_text(value)
        if key is None:
            raise ValidationError(gettext("Enter a user ID."))
        return key

    def openapi(self) -> dict[str, Any]:
        key = current_tickets.models.user_key.openapi()
        return key | {"minimum": 1} if key["type"] == "integer" else key


class DateOrTime(_Field):
    """A date, such as ``2026-11-30``, or a time, such as ``2026-11-30T08:15:00Z``."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> date:
        try:
            if re.fullmatch(_DATE, value):
                return date.fromisoformat(value)
            if re.fullmatch(_DATE + _TIME, value):
                return datetime.fromisoformat(value).astimezone(UTC)
        except OverflowError:  # the last hours of the year 9999, west of UTC
            return datetime.max.replace(tzinfo=UTC)
        except ValueError:
            pass
        raise ValidationError(gettext("Use a date, such as 2026-11-30."))

    def openapi(self) -> dict[str, Any]:
        kinds = ("date", _DATE), ("date-time", _DATE + _TIME)
        return {
            "anyOf": [
                {"type": "string", "format": name, "pattern": f"^{pattern}$"}
                for name, pattern in kinds
            ]
        }


class Assignee(_Field):
    """An assignee in a query string: ``me``, ``none`` or a user ID."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> UserId | str:
        is_keyword = value in (ME, NOBODY)
        key = value if is_keyword else current_tickets.models.user_key.from_text(value)
        if key is None:
            raise ValidationError(gettext("Use “me”, “none” or a user ID."))
        return key

    def openapi(self) -> dict[str, Any]:
        return {"anyOf": [named_schema("AssigneeKeyword"), UserIdText().openapi()]}


class UtcTime(_Field):
    """A UTC time in ISO 8601 format with microseconds, ending in ``Z``."""

    def _serialize(self, value: Any, *args: Any, **kwargs: Any) -> str | None:
        return utc_time_json(value)

    def openapi(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time", "pattern": r"\.[0-9]{6}Z$"}


def utc_time_json(value: datetime | None) -> str | None:
    """Serialize a UTC time in the format of `UtcTime`."""
    return None if value is None else value.isoformat("T", "microseconds")[:26] + "Z"


#: Names that `url_for` and the links of the queue use. No parameter can have them.
URL_NAMES = frozenset(
    """
    endpoint self _anchor _method _scheme _external to from separator ticket_id action_name
    listPage addFilter
    """.split()  # noqa: SIM905
)


class StrictSchema(Schema):
    class Meta:
        unknown = RAISE


class TicketFieldsSchema(Schema):
    """A schema to which `complete` adds the declared ticket fields."""

    @classmethod
    def field_for(cls, declared: TicketField) -> Field | None:
        """Return the marshmallow field for a declared field, or None to leave it out."""
        raise NotImplementedError


def complete(schema: type[Schema]) -> type[Schema]:
    """Add the current app's ticket fields to ``schema`` if it is a `TicketFieldsSchema`."""
    if issubclass(schema, TicketFieldsSchema):
        return _complete(schema, current_tickets.ticket_fields)
    return schema


@cache
def _complete(schema: type[TicketFieldsSchema], declared: Sequence[TicketField]) -> type[Schema]:
    added = {each.name: (schema.field_for(each), each.key) for each in declared}
    return schema.from_dict(
        {name: named(field, key) for name, (field, key) in added.items() if field is not None},
        name=schema.__name__,
    )
