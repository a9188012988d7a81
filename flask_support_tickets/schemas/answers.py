"""What goes out: a ticket and a comment as the API shows them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from ..models import TicketStatus
from ..policy import Actor, name_of
from ..services.permissions import allowed_actions
from .fields import UserId, UtcTime
from .links import link_to


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


class UploadSchema(Schema):
    """A file that was uploaded and waits to be used."""

    url = fields.String()
    filename = fields.String()
    content_type = fields.String(data_key="contentType")
    size = fields.Integer()


_TICKET, _COMMENT, _UPLOAD = TicketSchema(), CommentSchema(), UploadSchema()


def dump_ticket(ticket: Any, actor: Actor) -> dict[str, Any]:
    """Return a ticket as JSON-ready data, for ``actor``'s eyes. A user who is gone is ``null``."""
    row = {name: getattr(ticket, name, None) for name in _TICKET.fields}
    assignee = ticket.assigned_to
    row |= {
        "attachment_urls": [link_to(attachment) for attachment in ticket.attachments],
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
        "attachment_urls": [link_to(attachment) for attachment in comment.attachments],
        "user_id": comment.user_id if comment.user else None,
        "user_name": name_of(comment.user),
    }
    return dict(_COMMENT.dump(row))


def dump_upload(attachment: Any) -> dict[str, Any]:
    """Return an upload as JSON-ready data."""
    row = {name: getattr(attachment, name) for name in ("filename", "content_type", "size")}
    return dict(_UPLOAD.dump({**row, "url": link_to(attachment)}))
