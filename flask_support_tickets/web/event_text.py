"""Describe an event in a ticket's history in one sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..actor import name_of
from ..current import current_tickets
from ..i18n import catalog, gettext
from ..models.status import EDITED
from ..services.tickets.fields import ATTACHMENTS


class Piece(NamedTuple):
    """A part of a sentence: a user's name, or the text between names."""

    text: str
    is_name: bool


def event_pieces(event: Any, label_of: Callable[[str], str] = str) -> list[Piece]:
    """Split the sentence about an event into pieces, so that a page can isolate the names.

    ``label_of`` returns the label of one of the host's actions.
    """
    values = {
        "name": Piece(event.user_name, True),
        "assignee": Piece(event.assigned_to_name or name_of(None), True),
        "changes": Piece(changes_text(event.changes), False),
    }
    parts = re.split(r"%\((name|assignee|changes)\)s", _sentence(event, label_of))
    pieces = [
        values[part] if number % 2 else Piece(part, False) for number, part in enumerate(parts)
    ]
    return [piece for piece in pieces if piece.text]


def event_text(event: Any, label_of: Callable[[str], str] = str) -> str:
    return "".join(piece.text for piece in event_pieces(event, label_of))


def changes_text(changes: Mapping[str, Mapping[str, Any]] | None) -> str:
    """Return the changed fields, such as ``Subject (A → B), Description``."""
    if not changes:
        return ""
    declared = {field.key: field for field in current_tickets.ticket_fields}
    texts = []
    for key, change in changes.items():
        field = declared.get(key)
        label = str(field.label) if field else key
        if key == ATTACHMENTS:
            label = gettext("Attachments")
        if field is None or not change:
            texts.append(label)
            continue
        old, new = (field.text(change[name]) or "–" for name in ("from", "to"))
        texts.append(f"{label} ({old} → {new})")
    return ", ".join(texts)


def _sentence(event: Any, label_of: Callable[[str], str]) -> str:
    gettext = catalog().gettext
    is_other_assignee = event.assigned_to_user_id != event.user_id
    if event.action == "StartProgress" and is_other_assignee:
        return gettext("%(name)s started progress on the ticket and assigned it to %(assignee)s")
    if event.action == "Assign" and is_other_assignee:
        return gettext("%(name)s assigned the ticket to %(assignee)s")
    return {
        "Open": gettext("%(name)s opened the ticket"),
        "Comment": gettext("%(name)s replied"),
        "Note": gettext("%(name)s added an internal note"),
        "StartProgress": gettext("%(name)s started working on the ticket"),
        "MarkAsResolved": gettext("%(name)s marked the ticket as resolved"),
        "Close": gettext("%(name)s closed the ticket"),
        "Reopen": gettext("%(name)s reopened the ticket"),
        "Assign": gettext("%(name)s took over the ticket"),
        "Withdraw": gettext("%(name)s withdrew the ticket"),
        EDITED: gettext("%(name)s changed the ticket: %(changes)s"),
    }.get(event.action, f"%(name)s: {label_of(event.action)}")
