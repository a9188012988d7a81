"""The naive build: entities, ``Schema.dump(many=True)``, ``db.paginate``, LIKE."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, jsonify, request
from flask_login import current_user, login_required
from marshmallow import Schema, fields, validate
from sqlalchemy import exists, or_, select

from .host import db, tickets

naive = Blueprint("naive", __name__, url_prefix="/naive")
_STATUSES = ("New", "InProgress", "Resolved", "Closed")


class TicketSchema(Schema):
    """A ticket, its people looked up as they come."""

    id = fields.Integer()
    subject = fields.String()
    description = fields.String()
    attachment_urls = fields.Function(
        lambda ticket: [attachment.url for attachment in ticket.attachments],
        data_key="attachmentUrls",
    )
    department = fields.String()
    user_id = fields.Integer(data_key="userId")
    user_name = fields.String(attribute="user.username", data_key="userName")
    status = fields.Integer()
    status_name = fields.Function(lambda ticket: _STATUSES[ticket.status], data_key="statusName")
    created_at = fields.DateTime(data_key="createdAt")
    updated_at = fields.DateTime(data_key="updatedAt")
    resolved_at = fields.DateTime(data_key="resolvedAt")
    closed_at = fields.DateTime(data_key="closedAt")
    assigned_to_user_id = fields.Integer(data_key="assignedToUserId")
    assigned_to_name = fields.String(attribute="assigned_to.username", data_key="assignedToName")
    comment_count = fields.Integer(data_key="commentCount")


class CommentSchema(Schema):
    """A comment, its author looked up as it comes."""

    id = fields.Integer()
    ticket_id = fields.Integer(data_key="ticketId")
    parent_comment_id = fields.Integer(data_key="parentCommentId")
    user_id = fields.Integer(data_key="userId")
    user_name = fields.String(attribute="user.username", data_key="userName")
    is_staff = fields.Boolean(data_key="isStaff")
    text = fields.String()
    created_at = fields.DateTime(data_key="createdAt")
    reply_count = fields.Integer(data_key="replyCount")


class NewComment(Schema):
    """What a comment is made of."""

    ticket_id = fields.Integer(data_key="ticketId", required=True)
    text = fields.String(required=True, validate=validate.Length(1, 20_000))


@naive.get("/tickets")
@login_required
def list_tickets() -> Any:
    """A page of tickets, newest first."""
    model = tickets.Ticket
    query = select(model).order_by(model.id.desc())
    if status := request.args.get("status"):
        query = query.where(model.status == _STATUSES.index(status))
    if word := request.args.get("search"):
        comment = tickets.TicketComment
        pattern = f"%{word}%"
        in_comments = exists().where(comment.ticket_id == model.id, comment.text.ilike(pattern))
        query = query.where(
            or_(model.subject.ilike(pattern), model.description.ilike(pattern), in_comments)
        )
    page = db.paginate(query, per_page=20, max_per_page=100)
    return jsonify(
        success=True,
        data={
            "tickets": TicketSchema().dump(page.items, many=True),
            "totalCount": page.total,
            "hasMore": page.has_next,
        },
    )


@naive.get("/comments/<int:ticket_id>")
@login_required
def list_comments(ticket_id: int) -> Any:
    """A page of a ticket's top-level comments, oldest first."""
    model = tickets.TicketComment
    query = select(model).where(model.ticket_id == ticket_id, model.parent_comment_id.is_(None))
    page = db.paginate(query.order_by(model.id), per_page=20, max_per_page=100)
    comments = CommentSchema().dump(page.items, many=True)
    return jsonify(success=True, data={"comments": comments, "totalCount": page.total})


@naive.post("/comments")
@login_required
def add_comment() -> Any:
    """Write a comment: read, check, write, commit."""
    sent = NewComment().load(request.get_json())
    ticket = db.get_or_404(tickets.Ticket, sent["ticket_id"])
    if ticket.status != 1:
        return jsonify(success=False), 409
    now = datetime.now(UTC)
    user_id = current_user.id
    comment = tickets.TicketComment(
        ticket_id=ticket.id,
        user_id=user_id,
        is_staff=current_user.role == "moderator",
        text=sent["text"],
        created_at=now,
    )
    db.session.add(comment)
    for name in ("comment_count", "thread_count", "version"):
        if hasattr(ticket, name):
            setattr(ticket, name, getattr(ticket, name) + 1)
    ticket.updated_at = now
    db.session.flush()
    db.session.add(
        tickets.TicketEvent(
            ticket_id=ticket.id,
            comment_id=comment.id,
            user_id=user_id,
            action="Comment",
            from_status=ticket.status,
            to_status=ticket.status,
            created_at=now,
        )
    )
    db.session.commit()
    return jsonify(success=True, data=CommentSchema().dump(comment)), 201
