"""Schemas for JSON request bodies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load

from ..actor import Actor
from ..current import current_tickets
from ..errors import Invalid
from ..i18n import gettext, lazy_gettext
from ..models import Action
from ..models.status import TRANSITIONS
from ..services.validation import COMMENT_TEXT, no_comment_with_action
from ..ticket_field import Field, TicketField
from .fields import (
    AttachmentUrls,
    JsonBoolean,
    JsonId,
    StrictSchema,
    TicketFieldsSchema,
    UserIdField,
    named_schema,
)


class NewTicketBody(StrictSchema, TicketFieldsSchema):
    attachment_urls = AttachmentUrls()

    @classmethod
    def field_for(cls, declared: TicketField) -> Field | None:
        return declared.field if declared.requester in ("write", "open") else None


class EditTicketBody(StrictSchema, TicketFieldsSchema):
    """The fields to change. `edit_ticket` rejects those that the actor may not set."""

    attachment_urls = AttachmentUrls()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs, partial=True)

    @classmethod
    def field_for(cls, declared: TicketField) -> Field | None:
        return declared.field if "write" in (declared.requester, declared.staff) else None


class NewCommentBody(StrictSchema):
    ticket_id = JsonId(data_key="ticketId", required=True)
    text = COMMENT_TEXT
    parent_comment_id = JsonId(data_key="parentCommentId", load_default=None, allow_none=True)
    attachment_urls = AttachmentUrls()
    #: Only staff can send it; see `check_note`.
    is_internal = JsonBoolean(data_key="isInternal")


def check_note(content: Mapping[str, Any], actor: Actor) -> None:
    """Raise `Invalid` if a requester has sent ``isInternal`` in a loaded `NewCommentBody`."""
    if "is_internal" in content and not actor.sees_internal:
        raise Invalid({"isInternal": [gettext("Unknown field.")]})


class StatusCommentBody(StrictSchema):
    """A comment that is added together with a transition (W8)."""

    error_messages = {"type": lazy_gettext("Send an object.")}

    text = COMMENT_TEXT
    attachment_urls = AttachmentUrls()


class StatusBody(StrictSchema):
    """A transition; ``assignedToUserId`` is ignored unless the action assigns the ticket."""

    action = fields.Enum(Action, by_value=fields.String(), required=True)
    assigned_to_user_id = UserIdField(
        data_key="assignedToUserId", load_default=None, allow_none=True
    )
    comment = fields.Nested(StatusCommentBody, load_default=None, allow_none=True)

    @classmethod
    def openapi(cls) -> dict[str, dict[str, Any]]:
        """Return the JSON Schemas by name. The assignee and the comment depend on the action."""
        key = current_tickets.models.user_key.openapi()
        optional, ignored = {"anyOf": [key, {"type": "null"}]}, {"description": "Ignored."}
        variants = {}
        for action, transition in TRANSITIONS.items():
            assignee, required = optional if transition.assigns else ignored, ["action"]
            if action is Action.Assign:
                assignee, required = key, [*required, "assignedToUserId"]
            has_comment = transition.comment is not None
            variants[action.value] = _body_of(action, assignee, has_comment, required)
        names = {action: named_schema(f"{action}Body") for action in variants}
        mapping = {action: name["$ref"] for action, name in names.items()}
        return {
            "StatusBody": {
                "oneOf": [*names.values()],
                "discriminator": {"propertyName": "action", "mapping": mapping},
            },
            **{f"{action}Body": body for action, body in variants.items()},
        }

    @post_load
    def check_comment(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Reject a comment if the action does not take one."""
        if data["comment"] is not None and TRANSITIONS[data["action"]].comment is None:
            raise ValidationError({"comment": [no_comment_with_action()]})
        return data

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


def _body_of(
    action: Action, assignee: Any, has_comment: bool, required: list[str]
) -> dict[str, Any]:
    null = {"type": "null"}
    comment = {"anyOf": [named_schema("StatusCommentBody"), null]} if has_comment else null
    constant = {"type": "string", "const": action.value}
    properties = {"action": constant, "assignedToUserId": assignee, "comment": comment}
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
