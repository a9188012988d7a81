"""What can be sent in a JSON body."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load

from ..current import current_tickets
from ..i18n import gettext
from ..models import Action
from ..models.status import STEPS
from ..services.content import clean_comment, clean_department, clean_description, clean_subject
from .fields import AttachmentUrls, JsonId, RuledText, Strict


class NewTicketBody(Strict):
    """The body that files a ticket."""

    subject = RuledText(clean_subject, required=True)
    description = RuledText(clean_description, required=True)
    department = RuledText(clean_department, load_default=None, allow_none=True)
    attachment_urls = AttachmentUrls()


class NewCommentBody(Strict):
    """The body that writes a comment."""

    ticket_id = JsonId(data_key="ticketId", required=True)
    text = RuledText(clean_comment, required=True)
    parent_comment_id = JsonId(data_key="parentCommentId", load_default=None, allow_none=True)
    attachment_urls = AttachmentUrls()


class StatusBody(Strict):
    """The body that moves a ticket; ``assignedToUserId`` is read where the step assigns."""

    action = fields.Enum(Action, by_value=fields.String(), required=True)
    assigned_to_user_id = fields.Raw(
        data_key="assignedToUserId", load_default=None, allow_none=True
    )

    @post_load
    def read_assignee(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Turn the id into a key of the host's type."""
        given, action = data["assigned_to_user_id"], data["action"]
        key = None
        if STEPS[action].assigns and given is not None:
            key = current_tickets.models.user_key.from_json(given)
        if key is None and STEPS[action].assigns and (given is not None or action is Action.Assign):
            message = gettext("Send the id of the staff user who shall work on the ticket.")
            raise ValidationError({"assignedToUserId": [message]})
        return {**data, "assigned_to_user_id": key}
