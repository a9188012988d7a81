"""Describe one event of a ticket's history in a sentence."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ..actor import name_of
from ..i18n import catalog


class Piece(NamedTuple):
    """A part of a sentence: a person's name, or the words in between."""

    text: str
    is_name: bool


def event_pieces(event: Any) -> list[Piece]:
    """Return what happened as a sentence in pieces, so that a page can set names apart."""
    names = {"name": event.user_name, "assignee": event.assigned_to_name or name_of(None)}
    parts = re.split(r"%\((name|assignee)\)s", _sentence(event))
    pieces = [
        Piece(names[part], True) if number % 2 else Piece(part, False)
        for number, part in enumerate(parts)
    ]
    return [piece for piece in pieces if piece.text]


def event_text(event: Any) -> str:
    """Return what happened as a sentence."""
    return "".join(piece.text for piece in event_pieces(event))


def _sentence(event: Any) -> str:
    words = catalog()
    is_given_away = event.assigned_to_user_id != event.user_id
    if event.action == "StartProgress" and is_given_away:
        return words.gettext(
            "%(name)s started progress on the ticket and assigned it to %(assignee)s"
        )
    if event.action == "Assign" and is_given_away:
        return words.gettext("%(name)s assigned the ticket to %(assignee)s")
    return {
        "Open": words.gettext("%(name)s opened the ticket"),
        "Comment": words.gettext("%(name)s replied"),
        "StartProgress": words.gettext("%(name)s started progress on the ticket"),
        "MarkAsResolved": words.gettext("%(name)s marked the ticket as resolved"),
        "Close": words.gettext("%(name)s closed the ticket"),
        "Reopen": words.gettext("%(name)s reopened the ticket"),
        "Assign": words.gettext("%(name)s took over the ticket"),
    }[event.action]
