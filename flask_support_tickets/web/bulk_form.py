"""Read the form for bulk actions: the selected tickets, and the action (W6)."""

from __future__ import annotations

from collections.abc import Container

from ..errors import Invalid
from ..i18n import gettext, lazy_gettext
from ..models import Action
from ..models.status import action_label
from ..models.user_key import parse_id
from .bulk_edits import ADD_TAG, BULK_EDITS, REMOVE_TAG, SET_PRIORITY, BulkEdit, parse_bulk_edit
from .confirmation import submitted_form

#: Our actions in the form. The value of ``Assign`` ends with a colon and the assignee's ID.
BULK_ACTIONS = (Action.StartProgress, Action.MarkAsResolved, Action.Close, Action.Assign)
INVALID_SELECTION = lazy_gettext("Your selection isn't valid. Select the tickets again.")
#: The maximum number of selected tickets. The results of more would not fit into a cookie.
_SELECTED_MAX = 200


def selected_ids(page_size: int) -> list[int]:
    """Return the distinct IDs of the selected tickets, which must fit on a page of this size.

    Raises `Invalid`.
    """
    ids = list(dict.fromkeys(map(parse_id, submitted_form().getlist("ticketId"))))
    if not ids:
        message = gettext("Select at least one ticket first. No tickets were changed.")
        raise Invalid({"ticketId": [message]})
    if None in ids or len(ids) > min(page_size, _SELECTED_MAX):
        raise Invalid({"ticketId": [str(INVALID_SELECTION)]})
    return [ticket_id for ticket_id in ids if ticket_id is not None]


def selected_action(host_actions: Container[str]) -> tuple[str, str]:
    """Return the action's name and its value: the assignee's ID, or the priority.

    Raises `Invalid`.
    """
    name, _, value = submitted_form().get("step", "").partition(":")
    is_known = name in (*BULK_ACTIONS, *BULK_EDITS) or name in host_actions
    if not is_known or bool(value) is not (name in (Action.Assign, SET_PRIORITY)):
        message = gettext("Choose a bulk action first. No tickets were changed.")
        raise Invalid({"step": [message]})
    return name, value


def submitted_edit(name: str, value: str) -> BulkEdit:
    """Return the edit with this name and value. Raises `Invalid`."""
    return parse_bulk_edit(name, value, submitted_form().get("tag", ""))


def our_choices() -> list[tuple[str, str]]:
    """Return the names and labels of the built-in actions.

    ``Assign`` and ``SetPriority`` are left out, because the form has a choice for each value.
    """
    actions = [(each, action_label(each)) for each in BULK_ACTIONS if each is not Action.Assign]
    return [*actions, (ADD_TAG, gettext("Add tag")), (REMOVE_TAG, gettext("Remove tag"))]
