"""Custom marshmallow fields: text, ids, numbers in a query string, times, user keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from ..current import current_tickets
from ..i18n import gettext, lazy_gettext
from ..models import TicketStatus, UserKey
from ..models.attachment import KEY_PATTERN, UPLOADS_PATH, URL_MAX
from ..models.user_key import UserId, parse_id
from ..services.validation import (
    LINK_PATTERN,
    check_attachment_count,
    clean_attachment_urls,
)
from ..text_rules import TextError, margin_class
from ..ticket_field import Field, TicketField, named
from .attachment_urls import attachment_url, to_upload_path

if TYPE_CHECKING:

    class _Field(fields.Field[Any]): ...

    class _List(fields.List[Any]): ...

else:  # marshmallow 3 has no generic fields
    _Field, _List = fields.Field, fields.List


ME = "me"
#: In a query: whose assignee is nobody.
NOBODY = "none"
#: The largest id there can be.
ID_MAX = 2**63 - 1
#: In front of the id in a cursor, so that no number is taken for one.
_CURSOR_MARK = "after-"


class AttachmentUrls(_List):
    """A JSON list of attachment URLs; ``null`` counts as none."""

    def __init__(self) -> None:
        super().__init__(
            fields.String(), data_key="attachmentUrls", load_default=None, allow_none=True
        )

    def openapi(self) -> dict[str, Any]:
        """What OpenAPI says of it; whose upload it is, and the host of a link, are looked up."""
        url = {"type": "string", "minLength": 1, "maxLength": URL_MAX, "pattern": _url_pattern()}
        limit = current_tickets.config.attachment_max_count
        return {"type": "array", "items": url, "maxItems": limit}

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        try:
            if isinstance(value, list):
                check_attachment_count(len(value))  # before each of very many is looked at
            urls: Any = super()._deserialize(value, *args, **kwargs)
            return list(clean_attachment_urls(urls and [to_upload_path(url) for url in urls]))
        except TextError as error:
            raise ValidationError(str(error)) from error


def _url_pattern() -> str:
    """Return the regular expression, in Python's words and ECMA's, of an attachment's address."""
    margin = margin_class()
    control = r"\x00-\x1f\x7f-\x9f"
    link = LINK_PATTERN.replace("(?i:https?)", "[Hh][Tt][Tt][Pp][Ss]?")
    link = link.replace("(?P<host>", "(?:").replace(r"\s", margin + control)
    upload = rf"(?:/[^{control}]*)?{UPLOADS_PATH}/{KEY_PATTERN}/[^/{control}]+"
    return rf"^[{margin}]*(?:{link}|{upload})[{margin}]*$"


class AttachmentUrl(_Field):
    """Where an attachment is, in a response."""

    def _serialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        return attachment_url(value)

    def openapi(self) -> dict[str, Any]:
        return {"type": "string"}


class JsonId(fields.Integer):
    """An id in a JSON body: an integer, not a string, a float or a boolean."""

    def __init__(self, **kwargs: Any) -> None:
        limits = validate.Range(1, ID_MAX, error=lazy_gettext("This ID doesn't exist."))
        super().__init__(strict=True, validate=limits, **kwargs)


class AnyUserId(fields.Raw):
    """A user's key in a JSON body; whether it is one is asked where it is read."""

    def openapi(self) -> dict[str, Any]:
        return current_tickets.models.user_key.openapi()


class Digits(_Field):
    """A number in a query string: ASCII digits without a leading zero, up to ``maximum``."""

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
    """Where a list goes on: what an answer gave as ``nextCursor``."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> int:
        number = parse_id(value.removeprefix(_CURSOR_MARK) or "0")
        if number is None or not value.startswith(_CURSOR_MARK):
            raise ValidationError(gettext("Use the nextCursor from an earlier response."))
        return number

    def openapi(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{_CURSOR_MARK}[1-9][0-9]{{0,17}}$"}


def encode_cursor(after_id: int) -> str:
    """Return the cursor that goes on after the row with this id."""
    return f"{_CURSOR_MARK}{after_id}"


class StatusList(_Field):
    """Statuses by exact name or value, separated by commas."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> tuple[TicketStatus, ...]:
        known = {
            name: status for status in TicketStatus for name in (status.name, str(int(status)))
        }
        try:
            return tuple(known[part] for part in value.split(","))
        except KeyError as error:
            names = ", ".join(status.name for status in TicketStatus)
            raise ValidationError(
                gettext("Use one or more of: %(names)s.") % {"names": names}
            ) from error

    def openapi(self) -> dict[str, Any]:
        one = "|".join([*(status.name for status in TicketStatus), "[0-3]"])
        return {"type": "string", "pattern": f"^({one})(,({one}))*$"}


class Assignee(_Field):
    """``me``, ``none``, or a user's id, in a query string."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> UserId | str:
        is_word = value in (ME, NOBODY)
        key = value if is_word else current_tickets.models.user_key.from_text(value)
        if key is None:
            raise ValidationError(gettext("Use “me”, “none” or a user ID."))
        return key

    def openapi(self) -> dict[str, Any]:
        key = current_tickets.models.user_key.openapi()
        if key["type"] == "integer":
            key["minimum"] = 1
        return {"anyOf": [{"enum": [ME, NOBODY]}, key]}


class UtcTime(_Field):
    """A moment as ISO 8601 in UTC with microseconds, ending in ``Z``."""

    def _serialize(self, value: Any, *args: Any, **kwargs: Any) -> str | None:
        return utc_time_json(value)

    def openapi(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time", "pattern": r"\.[0-9]{6}Z$"}


class UserIdField(_Field):
    """A user's key as JSON shows it."""

    def _serialize(self, value: Any, *args: Any, **kwargs: Any) -> int | str | None:
        return user_id_json(value)

    def openapi(self) -> dict[str, Any]:
        return current_tickets.models.user_key.openapi()


def utc_time_json(value: datetime | None) -> str | None:
    """Return an aware UTC moment as `UtcTime` shows it."""
    return None if value is None else value.isoformat("T", "microseconds")[:26] + "Z"


user_id_json = UserKey.to_json


class StrictSchema(Schema):
    """A schema that refuses unknown names."""

    class Meta:
        unknown = RAISE


class TicketFieldsSchema(Schema):
    """A schema that `complete` adds the declared ticket fields to."""

    @classmethod
    def field_for(cls, declared: TicketField) -> Field | None:
        """Return the field to add for a declared one; None if there is none."""
        raise NotImplementedError


def complete(schema: type[Schema]) -> type[Schema]:
    """Return ``schema`` with the ticket fields of the current app, if it has any."""
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
