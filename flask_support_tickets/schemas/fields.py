"""Fields of our own: texts under a rule, ids, numbers in a query, times, keys of users."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from ..current import current_tickets
from ..i18n import gettext
from ..models import TicketStatus
from ..models.user_key import parse_id
from ..services.content import clean_attachment_urls
from ..text import TextError
from .links import as_own_path

if TYPE_CHECKING:

    class _Field(fields.Field[Any]): ...

    class _List(fields.List[Any]): ...

else:  # marshmallow 3 has no generic fields
    _Field, _List = fields.Field, fields.List


ME = "me"


class RuledText(fields.String):
    """A JSON string that passes one of the rules for text."""

    def __init__(self, rule: Callable[[str], str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rule = rule

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, *args, **kwargs)
        try:
            return self.rule(text)
        except TextError as error:
            raise ValidationError(str(error)) from error


class AttachmentUrls(_List):
    """A JSON list of attachment URLs; ``null`` counts as none."""

    def __init__(self) -> None:
        super().__init__(
            fields.String(), data_key="attachmentUrls", load_default=None, allow_none=True
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        urls: Any = super()._deserialize(value, *args, **kwargs)
        try:
            return list(clean_attachment_urls(urls and [as_own_path(url) for url in urls]))
        except TextError as error:
            raise ValidationError(str(error)) from error


class JsonId(fields.Integer):
    """An id in a JSON body: an integer, not a string, a float or a boolean."""

    def __init__(self, **kwargs: Any) -> None:
        limits = validate.Range(1, 2**63 - 1, error=gettext("There is no such id."))
        super().__init__(strict=True, validate=limits, **kwargs)


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
            raise ValidationError(gettext("Use %(names)s.") % {"names": names}) from error


class Assignee(_Field):
    """``me``, or a user's id, in a query string."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        key = ME if value == ME else current_tickets.models.user_key.from_text(value)
        if key is None:
            raise ValidationError(gettext("Use “me” or the id of a user."))
        return key


class UtcTime(_Field):
    """A moment as ISO 8601 in UTC with microseconds, ending in ``Z``."""

    def _serialize(self, value: datetime | None, attr: Any, obj: Any, **kwargs: Any) -> Any:
        if value is None:
            return None
        return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


class UserId(_Field):
    """A user's key as JSON shows it."""

    def _serialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return current_tickets.models.user_key.to_json(value)


class Strict(Schema):
    """A schema that refuses unknown names."""

    class Meta:
        unknown = RAISE
