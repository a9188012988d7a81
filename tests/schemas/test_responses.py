"""The serializers write what the response schemas declare."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from flask_support_tickets import TicketStatus, actor_for
from flask_support_tickets.schemas import (
    CommentSchema,
    EventSchema,
    TicketSchema,
    UploadSchema,
    attachment_url,
    serialize_comment,
    serialize_event,
    serialize_ticket,
    serialize_upload,
)
from flask_support_tickets.schemas.fields import complete
from flask_support_tickets.services import get_comment, get_ticket, list_events


@pytest.fixture
def ticket(app, make_ticket, make_comment, make_upload, alice, mona):
    urls = [make_upload(alice).path, "https://example.org/a"]
    ticket = make_ticket(TicketStatus.InProgress, attachment_urls=urls, department="Größe 🎫")
    make_comment(ticket, mona)
    return ticket


def test_serializers_write_what_the_schemas_declare(app, ticket, make_comment, make_upload, alice):
    actor = actor_for(alice)
    comment = make_comment(ticket, alice)
    upload = make_upload(alice, "later.txt")
    with app.test_request_context():
        info = get_ticket(actor=actor, ticket_id=ticket.id)
        serialized = serialize_ticket(info, actor)
        declared = {
            **asdict(info),
            "attachment_urls": [attachment_url(each) for each in info.attachments],
            "status_name": "InProgress",
            "allowed_actions": ["Comment"],
        }
        assert serialized == complete(TicketSchema)().dump(declared)
        comment_info = get_comment(actor=actor, comment_id=comment.id)
        declared = {**asdict(comment_info), "attachment_urls": []}
        assert serialize_comment(comment_info) == CommentSchema().dump(declared)
        for event in list_events(actor=actor, ticket_id=ticket.id).items:
            assert serialize_event(event) == EventSchema().dump(asdict(event))
        columns = {name: getattr(upload, name) for name in ("filename", "content_type", "size")}
        declared = {**columns, "url": attachment_url(upload)}
        assert serialize_upload(upload) == UploadSchema().dump(declared)
