"""The payloads of webhooks, according to Standard Webhooks."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from ..actor import Actor
from ..webhook_settings import type_of
from .fields import UtcTime, complete, utc_time_json
from .responses import CommentSchema, EventSchema, TicketSchema, serialize_ticket

#: The version of the payloads. It changes if a key is removed or gets another meaning.
VERSION = 1


class WebhookTicketSchema(TicketSchema):
    """A ticket without the keys that depend on who reads it."""

    class Meta:
        exclude = ("allowed_actions",)


class WebhookDataSchema(Schema):
    """An event with its ticket and its comment."""

    event = fields.Nested(EventSchema)
    ticket = fields.Nested(lambda: complete(WebhookTicketSchema)())
    #: The comment or internal note, if the event is about one.
    comment = fields.Nested(CommentSchema, allow_none=True)


class WebhookPayloadSchema(Schema):
    """The body of a webhook's request."""

    type = fields.String(metadata={"schema": "WebhookType"})
    version = fields.Integer()
    timestamp = UtcTime()
    data = fields.Nested(WebhookDataSchema)


def serialize_event(message: Any) -> dict[str, Any]:
    """Serialize the event of a `delivery.message.Message` for a webhook."""
    [event] = message.events
    comment = message.comments.get(event.comment_id)
    ticket = serialize_ticket(message.ticket, Actor(id=None, is_staff=True, name=""))
    del ticket["allowedActions"]
    return {
        "type": type_of(event.action),
        "version": VERSION,
        "timestamp": utc_time_json(event.created_at),
        "data": {
            "event": EventSchema().dump(event),
            "ticket": ticket,
            "comment": None if comment is None else CommentSchema().dump(comment),
        },
    }
