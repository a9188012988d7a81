"""The buttons of the reply form: send a comment, with or without a transition, or a note."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from ..i18n import gettext
from ..models import Action, TicketStatus
from ..models.status import NOTE, REPLY_ACTIONS, Side, reply_steps


class ReplyButton(NamedTuple):
    """A button. ``action`` is an action, ``Note``, or empty if it only sends the comment."""

    action: str
    text: str


def reply_actions(
    allowed: Sequence[str], status: int, is_allowed: Callable[[str], bool]
) -> list[str]:
    """Return the actions that staff can send with a reply, also those that follow another (W8).

    ``is_allowed`` returns whether the view allows one of them.
    """
    if not is_allowed("Comment"):
        return [name for name in allowed if name == NOTE]
    both = [reply_steps(action, status) for action in REPLY_ACTIONS]
    later = [then for first, *rest in both if first in allowed for then in rest]
    return [*allowed, *(then for then in later if is_allowed(then))]


def reply_buttons(
    allowed: Collection[str], side: Side, status: int, reader: str | None = None
) -> list[ReplyButton]:
    """Return the buttons for a ticket's ``allowed`` actions; the first one is the primary one.

    ``allowed`` also contains the actions that a reply can take after another one (W8).
    ``reader`` is the name of the person who reads a reply from staff, if it is someone else.
    """
    is_feedback = status == TicketStatus.Resolved
    send = gettext("Send feedback") if is_feedback else gettext("Send reply")
    if reader is not None:
        isolated = Markup("<bdi>{}</bdi>").format(reader)
        send = escape(gettext("Send reply to %(name)s")) % {"name": isolated}
        send = Markup("<span>{}</span>").format(send)  # one item of the flex container
    if side is Side.STAFF:
        texts = {
            Action.StartProgress: gettext("Start and reply"),
            Action.Reopen: gettext("Reopen and reply"),
            "Comment": send,
            Action.MarkAsResolved: gettext("Reply and mark resolved"),
            NOTE: gettext("Save note for staff"),
        }
    else:
        texts = {Action.Reopen: gettext("Send and reopen"), "Comment": send}
    return [
        ReplyButton("" if action == "Comment" else str(action), text)
        for action, text in texts.items()
        if action in allowed
    ]
