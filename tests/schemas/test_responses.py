"""The serializer of tickets writes what the schema declares."""

from __future__ import annotations

from dataclasses import asdict

from flask_support_tickets import TicketStatus, actor_for
from flask_support_tickets.schemas.attachment_urls import attachment_url
from flask_support_tickets.schemas.fields import complete
from flask_support_tickets.schemas.responses import (
    TicketSchema,
    UploadSchema,
    serialize_ticket,
    serialize_upload,
)
from flask_support_tickets.services import get_ticket


def test_serializers_write_what_the_schemas_declare(app, make_ticket, make_upload, alice):
    urls = [make_upload(alice).path, "https://example.org/a"]
    ticket = make_ticket(TicketStatus.InProgress, attachment_urls=urls, department="Größe 🎫")
    upload = make_upload(alice, "later.txt")
    actor = actor_for(alice)
    with app.test_request_context():
        info = get_ticket(actor=actor, ticket_id=ticket.id)
        declared = {
            **asdict(info),
            "attachment_urls": [attachment_url(each) for each in info.attachments],
            "status_name": "InProgress",
            "priority_name": "Normal",
            "allowed_actions": ["Comment"],
        }
        del declared["tags"]  # alice is not staff
        assert serialize_ticket(info, actor) == complete(TicketSchema)().dump(declared)
        columns = {name: getattr(upload, name) for name in ("filename", "content_type", "size")}
        declared = {**columns, "url": attachment_url(upload)}
        assert serialize_upload(upload) == UploadSchema().dump(declared)
