"""Schemas and serializers for API responses."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields, missing

from ..actor import Actor
from ..current import current_tickets
from ..models import TicketPriority, TicketStatus, UserKey
from ..services import TicketInfo
from ..services.access import allowed_actions_of
from ..services.tickets.fields import visible_fields
from ..ticket_field import Field, TicketField
from .attachment_urls import attachment_url
from .fields import (
    AttachmentUrl,
    TicketFieldsSchema,
    UserIdField,
    UtcTime,
    complete,
    utc_time_json,
)

#: Keys that a response contains only if they apply.
OPTIONAL_KEYS = frozenset({"totalCountCapped", "isInternal"})
#: Fields with a ``schema`` in their metadata refer to a schema in the OpenAPI document.
_STATUS = {"schema": "TicketStatus"}


class TicketSchema(TicketFieldsSchema):
    id = fields.Integer()
    attachment_urls = fields.List(fields.String(), data_key="attachmentUrls")
    user_id = UserIdField(data_key="userId", allow_none=True)
    user_name = fields.String(data_key="userName")
    status = fields.Integer(metadata=_STATUS)
    status_name = fields.String(data_key="statusName", metadata={"schema": "TicketStatusName"})
    priority_name = fields.String(
        data_key="priorityName", metadata={"schema": "TicketPriorityName"}
    )
    created_at = UtcTime(data_key="createdAt")
    updated_at = UtcTime(data_key="updatedAt")
    resolved_at = UtcTime(data_key="resolvedAt", allow_none=True)
    closed_at = UtcTime(data_key="closedAt", allow_none=True)
    assigned_to_user_id = UserIdField(data_key="assignedToUserId", allow_none=True)
    assigned_to_name = fields.String(data_key="assignedToName", allow_none=True)
    comment_count = fields.Integer(data_key="commentCount")
    allowed_actions = fields.List(
        fields.String(metadata={"schema": "AllowedAction"}), data_key="allowedActions"
    )

    @classmethod
    def field_for(cls, declared: TicketField) -> Field | None:
        # Stored values may break current rules: for example, a department may no longer exist.
        column = current_tickets.models.ticket_column(declared.name)
        can_be_null = column is not None and bool(column.nullable)
        if isinstance(declared.field, fields.String) or getattr(declared.field, "as_string", False):
            return fields.String(allow_none=can_be_null)
        field = copy(declared.field)
        field.validators, field.load_default, field.allow_none = [], missing, can_be_null
        return field


class CommentSchema(Schema):
    id = fields.Integer()
    ticket_id = fields.Integer(data_key="ticketId")
    parent_comment_id = fields.Integer(data_key="parentCommentId", allow_none=True)
    user_id = UserIdField(data_key="userId", allow_none=True)
    user_name = fields.String(data_key="userName")
    is_staff = fields.Boolean(data_key="isStaff")
    #: Only in responses to staff, like that of events (A4).
    is_internal = fields.Boolean(data_key="isInternal")
    text = fields.String()
    attachments = fields.List(AttachmentUrl(), data_key="attachmentUrls")
    created_at = UtcTime(data_key="createdAt")
    reply_count = fields.Integer(data_key="replyCount")


class EventSchema(Schema):
    id = fields.Integer()
    ticket_id = fields.Integer(data_key="ticketId")
    action = fields.String()
    from_status = fields.Integer(data_key="fromStatus", allow_none=True, metadata=_STATUS)
    to_status = fields.Integer(data_key="toStatus", metadata=_STATUS)
    is_internal = fields.Boolean(data_key="isInternal")
    user_id = UserIdField(data_key="userId", allow_none=True)
    user_name = fields.String(data_key="userName")
    assigned_to_user_id = UserIdField(data_key="assignedToUserId", allow_none=True)
    assigned_to_name = fields.String(data_key="assignedToName", allow_none=True)
    comment_id = fields.Integer(data_key="commentId", allow_none=True)
    #: The fields that an edit changed, by name, with the old and new values of short ones.
    changes = fields.Dict(allow_none=True, metadata={"schema": "FieldChanges"})
    created_at = UtcTime(data_key="createdAt")


class _PageSchema(Schema):
    total_count = fields.Integer(data_key="totalCount")
    has_more = fields.Boolean(data_key="hasMore")
    next_cursor = fields.String(data_key="nextCursor", allow_none=True)


class TicketPageSchema(_PageSchema):
    total_count_capped = fields.Boolean(
        data_key="totalCountCapped",
        metadata={"description": "True if there are more than `totalCount`, otherwise absent."},
    )
    tickets = fields.List(fields.Nested(lambda: complete(TicketSchema)()))


class CommentPageSchema(_PageSchema):
    comments = fields.List(fields.Nested(CommentSchema))


class ReplyPageSchema(_PageSchema):
    replies = fields.List(fields.Nested(CommentSchema))


class EventPageSchema(_PageSchema):
    events = fields.List(fields.Nested(EventSchema))


class SavedReplySchema(Schema):
    id = fields.Integer()
    title = fields.String()
    text = fields.String()


class SavedReplyListSchema(Schema):
    saved_replies = fields.List(fields.Nested(SavedReplySchema), data_key="savedReplies")


class UploadSchema(Schema):
    """An uploaded file that has not been attached yet."""

    url = fields.String()
    filename = fields.String()
    content_type = fields.String(data_key="contentType")
    size = fields.Integer()


_PRIORITY_NAMES = {priority.value: priority.name for priority in TicketPriority}
_STATUS_NAMES = {status.value: status.name for status in TicketStatus}
_COMMENTS = {True: CommentSchema(), False: CommentSchema(exclude=["is_internal"])}
_EVENTS = {True: EventSchema(), False: EventSchema(exclude=["is_internal"])}


def comment_serializer(actor: Actor) -> Callable[[Any], dict[str, Any]]:
    """Return a function that serializes comments for ``actor``."""
    return _COMMENTS[actor.sees_internal].dump


def event_serializer(actor: Actor) -> Callable[[Any], dict[str, Any]]:
    """Return a function that serializes events for ``actor``."""
    return _EVENTS[actor.sees_internal].dump


def serialize_ticket(ticket: TicketInfo, actor: Actor) -> dict[str, Any]:
    """Serialize a ticket for ``actor``. A deleted user's ID is ``null``."""
    return ticket_serializer(actor)(ticket)


def ticket_serializer(actor: Actor) -> Callable[[TicketInfo], dict[str, Any]]:
    """Return a function that serializes tickets for ``actor``; staff need them `with_tags`.

    `Schema.dump` would make the first page of a list 15% slower.
    """
    allowed_actions, declared = allowed_actions_of(actor), visible_fields(is_staff=actor.is_staff)

    def serialize(ticket: TicketInfo) -> dict[str, Any]:
        return {
            "id": ticket.id,
            **{
                field.key: _number(field.field.serialize(field.name, ticket, accessor=_value))
                for field in declared
            },
            "attachmentUrls": [attachment_url(each) for each in ticket.attachments],
            "userId": UserKey.to_json(ticket.user_id),
            "userName": ticket.user_name,
            "status": ticket.status,
            "statusName": _STATUS_NAMES[ticket.status],
            "priorityName": _PRIORITY_NAMES[ticket.priority],
            "createdAt": utc_time_json(ticket.created_at),
            "updatedAt": utc_time_json(ticket.updated_at),
            "resolvedAt": utc_time_json(ticket.resolved_at),
            "closedAt": utc_time_json(ticket.closed_at),
            "assignedToUserId": UserKey.to_json(ticket.assigned_to_user_id),
            "assignedToName": ticket.assigned_to_name,
            "commentCount": ticket.comment_count,
            "allowedActions": allowed_actions(ticket),
        }

    return serialize


def _value(ticket: TicketInfo, name: str, default: object) -> object:
    return ticket.extra[name] if name in ticket.extra else getattr(ticket, name)


def _number(value: Any) -> Any:
    """Convert a `Decimal` to a float, because JSON has no decimals. Other values stay the same."""
    return float(value) if isinstance(value, Decimal) else value


def serialize_upload(attachment: Any) -> dict[str, Any]:
    return {
        "url": attachment_url(attachment),
        "filename": attachment.filename,
        "contentType": attachment.content_type,
        "size": attachment.size,
    }
