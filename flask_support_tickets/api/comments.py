"""``/api/ticket-comments``: list and create comments."""

from __future__ import annotations

from typing import Any

from flask import Response

from .. import services
from ..actor import Actor
from ..schemas.queries import PageQuery
from ..schemas.requests import NewCommentBody, check_note
from ..schemas.responses import (
    CommentPageSchema,
    CommentSchema,
    ReplyPageSchema,
    comment_serializer,
)
from ..services.tickets.queries import id_in_url
from .conditional import page_response
from .idempotency import idempotent_post
from .operation import operation


@operation(
    "GET", "/ticket-comments/ticket/<ticket_id>", CommentPageSchema, query=PageQuery, has_etag=True
)
def list_comments(actor: Actor, ticket_id: str, **query: Any) -> Response:
    """List a ticket's top-level comments, oldest first."""
    query["ticket_id"] = id_in_url(ticket_id)
    return page_response(
        "comments", actor, services.list_comments, comment_serializer(actor), **query
    )


@operation(
    "GET", "/ticket-comments/<comment_id>/replies", ReplyPageSchema, query=PageQuery, has_etag=True
)
def list_replies(actor: Actor, comment_id: str, **query: Any) -> Response:
    """List a comment's direct replies, oldest first."""
    query["comment_id"] = id_in_url(comment_id)
    return page_response(
        "replies", actor, services.list_replies, comment_serializer(actor), **query
    )


@operation(
    "POST",
    "/ticket-comments",
    CommentSchema,
    status=201,
    body=NewCommentBody,
    refusals=("not_found", "comments_not_allowed", "too_many_requests"),
)
def create_comment(actor: Actor, **content: Any) -> dict[str, Any]:
    """Comment on a ticket, or reply to a comment."""
    check_note(content, actor)
    serialize = comment_serializer(actor)
    return idempotent_post(
        services.add_comment,
        lambda comment: serialize(services.get_comment(actor=actor, comment_id=comment.id)),
        actor=actor,
        **content,
    )
