"""Schemas for JSON request bodies."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load

from ..current import current_tickets
from ..i18n import gettext
from ..models import Action
from ..models.status import TRANSITIONS
from ..services.validation import COMMENT_TEXT
from ..ticket_field import Field, TicketField
from .fields import AttachmentUrls, JsonId, StrictSchema, TicketFieldsSchema, UserIdField


class NewTicketBody(StrictSchema, TicketFieldsSchema):
    attachment_urls = AttachmentUrls()

    @classmethod
    def field_for(cls, declared: TicketField) -> Field | None:
        return declared.field if declared.requester == "write" else None


class NewCommentBody(StrictSchema):
    ticket_id = JsonId(data_key="ticketId", required=True)
    text = COMMENT_TEXT
    parent_comment_id = JsonId(data_key="parentCommentId", load_default=None, allow_none=True)
    attachment_urls = AttachmentUrls()


class StatusBody(StrictSchema):
    """A transition; ``assignedToUserId`` is ignored unless the action assigns the ticket."""

    action = fields.Enum(Action, by_value=fields.String(), required=True)
    assigned_to_user_id = UserIdField(
        data_key="assignedToUserId", load_default=None, allow_none=True
    )

    @classmethod
    def openapi(cls) -> dict[str, Any]:
        """Return the JSON Schema, in which the rule for the assignee depends on the action."""
        key = current_tickets.models.user_key.openapi()
        not_assigning = [action.value for action, each in TRANSITIONS.items() if not each.assigns]
        optional = {"anyOf": [key, {"type": "null"}]}
        return {
            "anyOf": [
                _body_of({"enum": not_assigning}, {}),
                _body_of({"const": Action.StartProgress.value}, optional),
                _body_of({"const": Action.Assign.value}, key, "assignedToUserId"),
            ]
        }

    @post_load
    def parse_assignee(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Convert the assignee's ID to the type of the host's user keys."""
        value, action, key = data["assigned_to_user_id"], data["action"], None
        if TRANSITIONS[action].assigns and (value is not None or action is Action.Assign):
            key = current_tickets.models.user_key.from_json(value)
            if key is None:
                message = gettext("Send the ID of the staff member to assign.")
                raise ValidationError({"assignedToUserId": [message]})
        return {**data, "assigned_to_user_id": key}


def _body_of(action: Any, assignee: Any, *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"action": action, "assignedToUserId": assignee},
        "required": ["action", *required],
        "additionalProperties": False,
    }
