"""Describe an event in a ticket's history in one sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from ..actor import name_of
from ..i18n import catalog


class Piece(NamedTuple):
    """A part of a sentence: a user's name, or the text between names."""

    text: str
    is_name: bool


def event_pieces(event: Any, label_of: Callable[[str], str] = str) -> list[Piece]:
    """Split the sentence about an event into pieces, so that a page can isolate the names.

    ``label_of`` returns the label of one of the host's actions.
    """
    names = {"name": event.user_name, "assignee": event.assigned_to_name or name_of(None)}
    parts = re.split(r"%\((name|assignee)\)s", _sentence(event, label_of))
    pieces = [
        Piece(names[part], True) if number % 2 else Piece(part, False)
        for number, part in enumerate(parts)
    ]
    return [piece for piece in pieces if piece.text]


def event_text(event: Any, label_of: Callable[[str], str] = str) -> str:
    return "".join(piece.text for piece in event_pieces(event, label_of))


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
        "StartProgress": gettext("%(name)s started working on the ticket"),
        "MarkAsResolved": gettext("%(name)s marked the ticket as resolved"),
        "Close": gettext("%(name)s closed the ticket"),
        "Reopen": gettext("%(name)s reopened the ticket"),
        "Assign": gettext("%(name)s took over the ticket"),
        "Withdraw": gettext("%(name)s withdrew the ticket"),
    }.get(event.action, f"%(name)s: {label_of(event.action)}")
