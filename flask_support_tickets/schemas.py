"""The shape of what comes in and goes out; used by the API and, for lists, by the HTML pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from .current import current_tickets
from .i18n import gettext
from .models import Action, TicketStatus
from .models.status import STEPS
from .models.user_key import parse_id
from .policy import Actor, name_of
from .services.content import (
    clean_attachment_urls,
    clean_comment,
    clean_department,
    clean_description,
    clean_subject,
)
from .services.permissions import allowed_actions
from .services.reads import TicketFilter
from .services.search import SEARCH_MAX
from .text import TextError, clean_text

if TYPE_CHECKING:

    class _Field(fields.Field[Any]): ...

    class _List(fields.List[Any]): ...

else:  # marshmallow 3 has no generic fields
    _Field, _List = fields.Field, fields.List

PAGE_MAX = 1_000_000_000
PAGE_SIZE_MAX = 100
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
            return list(clean_attachment_urls(urls))
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


class _Strict(Schema):
    class Meta:
        unknown = RAISE


class NoQuery(_Strict):
    """For requests that take no query parameters."""


class PageQuery(_Strict):
    """``page`` and ``pageSize`` of comments and replies."""

    page = Digits(PAGE_MAX, load_default=1)
    page_size = Digits(PAGE_SIZE_MAX, data_key="pageSize", load_default=50)


class TicketListQuery(_Strict):
    """What a list of tickets can be asked for."""

    page = Digits(PAGE_MAX, load_default=1)
    page_size = Digits(PAGE_SIZE_MAX, data_key="pageSize", load_default=20)
    status = StatusList(load_default=())
    search = RuledText(
        lambda value: clean_text(value, max_length=SEARCH_MAX, single_line=True), load_default=None
    )
    assigned_to = Assignee(data_key="assignedTo", load_default=None)
    department = RuledText(
        lambda value: clean_text(value, max_length=100, single_line=True), load_default=None
    )


def ticket_filter(query: Mapping[str, Any], actor: Actor) -> TicketFilter:
    """Return the filter for a loaded `TicketListQuery`; ``me`` is the actor."""
    assigned_to = query["assigned_to"]
    return TicketFilter(
        statuses=query["status"],
        search=query["search"],
        assigned_to=actor.id if assigned_to == ME else assigned_to,
        department=query["department"],
    )


class NewTicketBody(_Strict):
    """The body that files a ticket."""

    subject = RuledText(clean_subject, required=True)
    description = RuledText(clean_description, required=True)
    department = RuledText(clean_department, load_default=None, allow_none=True)
    attachment_urls = AttachmentUrls()


class NewCommentBody(_Strict):
    """The body that writes a comment."""

    ticket_id = JsonId(data_key="ticketId", required=True)
    text = RuledText(clean_comment, required=True)
    parent_comment_id = JsonId(data_key="parentCommentId", load_default=None, allow_none=True)
    attachment_urls = AttachmentUrls()


class StatusBody(_Strict):
    """The body that moves a ticket; ``assignedToUserId`` is read where the step assigns."""

    action = fields.Enum(Action, by_value=fields.String(), required=True)
    assigned_to_user_id = fields.Raw(
        data_key="assignedToUserId", load_default=None, allow_none=True
    )

    @post_load
    def read_assignee(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Turn the id into a key of the host's type."""
        given, action = data["assigned_to_user_id"], data["action"]
        key = None
        if STEPS[action].assigns and given is not None:
            key = current_tickets.models.user_key.from_json(given)
        if key is None and STEPS[action].assigns and (given is not None or action is Action.Assign):
            message = gettext("Send the id of the staff user who shall work on the ticket.")
            raise ValidationError({"assignedToUserId": [message]})
        return {**data, "assigned_to_user_id": key}


class TicketSchema(Schema):
    """A ticket as the API shows it."""

    id = fields.Integer()
    subject = fields.String()
    description = fields.String()
    attachment_urls = fields.List(fields.String(), data_key="attachmentUrls")
    department = fields.String(allow_none=True)
    user_id = UserId(data_key="userId", allow_none=True)
    user_name = fields.String(data_key="userName")
    status = fields.Integer()
    status_name = fields.String(data_key="statusName")
    created_at = UtcTime(data_key="createdAt")
    updated_at = UtcTime(data_key="updatedAt")
    resolved_at = UtcTime(data_key="resolvedAt", allow_none=True)
    closed_at = UtcTime(data_key="closedAt", allow_none=True)
    assigned_to_user_id = UserId(data_key="assignedToUserId", allow_none=True)
    assigned_to_name = fields.String(data_key="assignedToName", allow_none=True)
    comment_count = fields.Integer(data_key="commentCount")
    allowed_actions = fields.List(fields.String(), data_key="allowedActions")


class CommentSchema(Schema):
    """A comment as the API shows it."""

    id = fields.Integer()
    ticket_id = fields.Integer(data_key="ticketId")
    parent_comment_id = fields.Integer(data_key="parentCommentId", allow_none=True)
    user_id = UserId(data_key="userId", allow_none=True)
    user_name = fields.String(data_key="userName")
    is_staff = fields.Boolean(data_key="isStaff")
    text = fields.String()
    attachment_urls = fields.List(fields.String(), data_key="attachmentUrls")
    created_at = UtcTime(data_key="createdAt")
    reply_count = fields.Integer(data_key="replyCount")


_TICKET, _COMMENT = TicketSchema(), CommentSchema()


def dump_ticket(ticket: Any, actor: Actor) -> dict[str, Any]:
    """Return a ticket as JSON-ready data, for ``actor``'s eyes. A user who is gone is ``null``."""
    row = {name: getattr(ticket, name, None) for name in _TICKET.fields}
    assignee = ticket.assigned_to
    row |= {
        "attachment_urls": [attachment.url for attachment in ticket.attachments],
        "user_id": ticket.user_id if ticket.user else None,
        "user_name": name_of(ticket.user),
        "status_name": TicketStatus(ticket.status).name,
        "assigned_to_user_id": ticket.assigned_to_user_id if assignee else None,
        "assigned_to_name": name_of(assignee) if assignee else None,
        "allowed_actions": allowed_actions(actor, ticket),
    }
    return dict(_TICKET.dump(row))


def dump_comment(comment: Any) -> dict[str, Any]:
    """Return a comment as JSON-ready data."""
    row = {name: getattr(comment, name, None) for name in _COMMENT.fields}
    row |= {
        "attachment_urls": [attachment.url for attachment in comment.attachments],
        "user_id": comment.user_id if comment.user else None,
        "user_name": name_of(comment.user),
    }
    return dict(_COMMENT.dump(row))
