"""One line of history in words."""

from __future__ import annotations

from typing import Any

from ..i18n import gettext
from ..policy import name_of


def event_text(event: Any) -> str:
    """Return what happened, to follow the name of who did it."""
    sentence = {
        "Open": gettext("filed the ticket"),
        "Comment": gettext("commented"),
        "StartProgress": gettext("started progress"),
        "MarkAsResolved": gettext("marked it resolved"),
        "Close": gettext("closed it"),
        "Reopen": gettext("reopened it"),
        "Assign": gettext("handed it over"),
    }[event.action]
    if (
        event.action not in ("StartProgress", "Assign")
        or event.assigned_to_user_id == event.user_id
    ):
        return sentence
    return gettext("%(what)s, assigned to %(name)s") % {
        "what": sentence,
        "name": event.assigned_to_name or name_of(None),
    }
