"""The built-in columns of tickets: their labels, and their text in CSV files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from ..i18n import lazy_gettext
from ..models.status import status_label
from ..services.tickets.fields import SUBJECT


class BuiltIn(NamedTuple):
    """A column that our templates render."""

    label: Any
    #: The type of the raw value.
    kind: type[Any] = str
    #: Returns the text for the CSV file.
    text: Callable[[Any, Any], Any] = lambda ticket, value: value
    #: The heading in the CSV file, if it differs.
    export_label: Any = None


def _time(_ticket: Any, moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"


BUILT_IN: dict[str, BuiltIn] = {
    "id": BuiltIn(lazy_gettext("ID"), int),
    "subject": BuiltIn(SUBJECT.label),
    "description": BuiltIn(lazy_gettext("Description")),
    "status": BuiltIn(lazy_gettext("Status"), int, lambda _ticket, value: status_label(value)),
    "user": BuiltIn(lazy_gettext("Requester"), object, lambda ticket, _value: ticket.user_name),
    "assigned_to": BuiltIn(
        lazy_gettext("Assigned to"), object, lambda ticket, _value: ticket.assigned_to_name
    ),
    "created_at": BuiltIn(lazy_gettext("Opened"), datetime, _time, lazy_gettext("Opened (UTC)")),
    "updated_at": BuiltIn(
        lazy_gettext("Last activity"), datetime, _time, lazy_gettext("Last activity (UTC)")
    ),
    "awaiting_since": BuiltIn(lazy_gettext("Waiting"), datetime, _time),
    "first_reply_at": BuiltIn(lazy_gettext("First reply"), datetime, _time),
    "resolved_at": BuiltIn(
        lazy_gettext("Resolved"), datetime, _time, lazy_gettext("Resolved (UTC)")
    ),
    "closed_at": BuiltIn(lazy_gettext("Closed"), datetime, _time, lazy_gettext("Closed (UTC)")),
    "comment_count": BuiltIn(lazy_gettext("Replies"), int),
}
#: The columns of the queue before and after the declared fields.
LIST = ("id", "subject", "status", "user", "assigned_to"), ("created_at", "awaiting_since")
#: The columns of a ticket's page before the declared fields, and those that are collapsed.
DETAILS = "status", "assigned_to"
MORE_DETAILS = (
    "comment_count", "created_at", "first_reply_at", "updated_at", "awaiting_since", "resolved_at",
    "closed_at",
)  # fmt: skip
#: The columns of a CSV file after the declared fields.
EXPORT_AFTER = "created_at", "updated_at", "resolved_at", "closed_at", "comment_count"
