"""``/api/ticket-comments``."""

from __future__ import annotations

from flask import Response, jsonify

from .. import services
from ..schemas import NewCommentBody, NoQuery, PageQuery, dump_comment
from ..services.reads import Page, id_in_url
from ..transaction import unit_of_work
from .blueprint import api, signed_in
from .reading import read_body, read_query


@api.get("/ticket-comments/ticket/<ticket_id>")
def list_comments(ticket_id: str) -> Response:
    """A page of a ticket's top-level comments, oldest first."""
    actor = signed_in()
    query = read_query(PageQuery)
    found = services.list_comments(actor=actor, ticket_id=id_in_url(ticket_id), **query)
    return _page_response("comments", found)


@api.get("/ticket-comments/<comment_id>/replies")
def list_replies(comment_id: str) -> Response:
    """A page of a comment's direct replies, oldest first."""
    actor = signed_in()
    query = read_query(PageQuery)
    found = services.list_replies(actor=actor, comment_id=id_in_url(comment_id), **query)
    return _page_response("replies", found)


@api.post("/ticket-comments")
def create_comment() -> tuple[Response, int]:
    """Comment on a ticket, or reply to a comment."""
    actor = signed_in()
    body = read_body(NewCommentBody)
    read_query(NoQuery)
    comment = unit_of_work(services.add_comment, actor=actor, **body)
    return jsonify(success=True, data=dump_comment(comment)), 201


def _page_response(name: str, found: Page) -> Response:
    rows = [dump_comment(comment) for comment in found.items]
    data = {name: rows, "totalCount": found.total_count, "hasMore": found.has_more}
    return jsonify(success=True, data=data)
