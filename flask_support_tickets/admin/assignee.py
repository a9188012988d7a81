"""Parse a submitted assignee."""

from __future__ import annotations

from ..current import current_tickets
from ..errors import Invalid
from ..i18n import gettext
from ..models.user_key import UserId


def parse_assignee(user_id: str) -> UserId:
    """Return the user key for a submitted ID. Raises `Invalid` if it is malformed."""
    key = current_tickets.models.user_key.from_text(user_id)
    if key is None:
        raise Invalid({"assignedToUserId": [gettext("Choose a staff member.")]})
    return key
