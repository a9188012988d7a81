"""Schemas of JSON request bodies."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load

from ..current import current_tickets
from ..i18n import gettext
from ..models import Action
from ..models.status import TRANSITIONS
from ..services.validation import COMMENT_TEXT
from ..ticket_field import Field, TicketField
from .fields import AnyUserId, AttachmentUrls, JsonId, StrictSchema, TicketFieldsSchema


class NewTicketBody(StrictSchema, TicketFieldsSchema):
    """The body that opens a ticket."""

    attachment_urls = AttachmentUrls()

    @classmethod
    def field_for(cls, declared: TicketField) -> Field | None:
        return declared.field if declared.requester == "write" else None


class NewCommentBody(StrictSchema):
    """The body that writes a comment."""

    ticket_id = JsonId(data_key="ticketId", required=True)
    text = COMMENT_TEXT
    parent_comment_id = JsonId(data_key="parentCommentId", load_default=None, allow_none=True)
    attachment_urls = AttachmentUrls()


class StatusBody(StrictSchema):
    """The body that moves a ticket; ``assignedToUserId`` is read where the step assigns."""

    action = fields.Enum(Action, by_value=fields.String(), required=True)
    assigned_to_user_id = AnyUserId(data_key="assignedToUserId", load_default=None, allow_none=True)

    @classmethod
    def openapi(cls) -> dict[str, Any]:
        """What OpenAPI says of it: whether there is an assignee depends on the action."""
        key = current_tickets.models.user_key.openapi()
        ignoring = [action.value for action, step in TRANSITIONS.items() if not step.assigns]
        optional = {"anyOf": [key, {"type": "null"}]}
        return {
            "anyOf": [
                _step_body({"enum": ignoring}, {}),
                _step_body({"const": Action.StartProgress.value}, optional),
                _step_body({"const": Action.Assign.value}, key, "assignedToUserId"),
            ]
        }

    @post_load
    def read_assignee(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Turn the id into a key of the host's type."""
        given, action = data["assigned_to_user_id"], data["action"]
        key = None
        if TRANSITIONS[action].assigns and given is not None:
            key = current_tickets.models.user_key.from_json(given)
        if (
            key is None
            and TRANSITIONS[action].assigns
            and (given is not None or action is Action.Assign)
        ):
            message = gettext("Send the ID of the staff member to assign.")
            raise ValidationError({"assignedToUserId": [message]})
        return {**data, "assigned_to_user_id": key}


def _step_body(action: Any, assignee: Any, *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"action": action, "assignedToUserId": assignee},
        "required": ["action", *required],
        "additionalProperties": False,
    }
