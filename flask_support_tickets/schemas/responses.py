"""What goes out: a ticket and a comment as the API shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, fields

from ..models import TicketStatus
from ..policy import Actor
from ..services import Shown
from ..services.access import allowed_actions_of
from .attachment_urls import attachment_url
from .fields import UserId, UtcTime
from .serialization import prepare

#: Keys that an answer has only when they say something.
OPTIONAL_KEYS = frozenset({"totalCountCapped"})


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


class EventSchema(Schema):
    """One line of a ticket's history."""

    id = fields.Integer()
    ticket_id = fields.Integer(data_key="ticketId")
    action = fields.String()
    from_status = fields.Integer(data_key="fromStatus", allow_none=True)
    to_status = fields.Integer(data_key="toStatus")
    user_id = UserId(data_key="userId", allow_none=True)
    user_name = fields.String(data_key="userName")
    assigned_to_user_id = UserId(data_key="assignedToUserId", allow_none=True)
    assigned_to_name = fields.String(data_key="assignedToName", allow_none=True)
    comment_id = fields.Integer(data_key="commentId", allow_none=True)
    created_at = UtcTime(data_key="createdAt")


class _PageSchema(Schema):
    """Part of a list."""

    total_count = fields.Integer(data_key="totalCount")
    has_more = fields.Boolean(data_key="hasMore")
    next_cursor = fields.String(data_key="nextCursor", allow_none=True)


class TicketPageSchema(_PageSchema):
    """Some tickets, newest first; a capped total is there when a search finds more than it says."""

    #: Only there, and true, when a search matches more tickets than ``totalCount`` says.
    total_count_capped = fields.Boolean(data_key="totalCountCapped", metadata={"enum": [True]})
    tickets = fields.List(fields.Nested(TicketSchema))


class CommentPageSchema(_PageSchema):
    """Some top-level comments, oldest first."""

    comments = fields.List(fields.Nested(CommentSchema))


class ReplyPageSchema(_PageSchema):
    """Some replies, oldest first."""

    replies = fields.List(fields.Nested(CommentSchema))


class EventPageSchema(_PageSchema):
    """Some events, oldest first."""

    events = fields.List(fields.Nested(EventSchema))


class UploadSchema(Schema):
    """A file that was uploaded and waits to be used."""

    url = fields.String()
    filename = fields.String()
    content_type = fields.String(data_key="contentType")
    size = fields.Integer()


_STATUS_NAMES = {status.value: status.name for status in TicketStatus}
_dump_ticket, _dump_comment = prepare(TicketSchema()), prepare(CommentSchema())
_dump_event, _dump_upload = prepare(EventSchema()), prepare(UploadSchema())


def serialize_ticket(ticket: Shown, actor: Actor) -> dict[str, Any]:
    """Return a ticket as JSON-ready data, for ``actor``'s eyes. A user who is gone is ``null``."""
    return ticket_serializer(actor)(ticket)


def ticket_serializer(actor: Actor) -> Callable[[Shown], dict[str, Any]]:
    """Return a function that does `serialize_ticket` for many tickets."""
    actions = allowed_actions_of(actor)

    def dump(ticket: Shown) -> dict[str, Any]:
        row = dict(ticket.__dict__)
        row["attachment_urls"] = [attachment_url(attachment) for attachment in ticket.attachments]
        row["status_name"] = _STATUS_NAMES[ticket.status]
        row["allowed_actions"] = actions(ticket)
        return _dump_ticket(row)

    return dump


def serialize_comment(comment: Shown) -> dict[str, Any]:
    """Return a comment as JSON-ready data."""
    urls = [attachment_url(attachment) for attachment in comment.attachments]
    return _dump_comment({**comment.__dict__, "attachment_urls": urls})


def serialize_event(event: Shown) -> dict[str, Any]:
    """Return an event as JSON-ready data."""
    return _dump_event(event.__dict__)


def serialize_upload(attachment: Any) -> dict[str, Any]:
    """Return an upload as JSON-ready data."""
    row = {name: getattr(attachment, name) for name in ("filename", "content_type", "size")}
    return _dump_upload({**row, "url": attachment_url(attachment)})
