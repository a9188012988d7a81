"""The line in an email above which recipients write their reply (rule O6)."""

from __future__ import annotations

import re

from ...i18n import gettext, translations_of
from ...models.notification import Relation
from ...models.status import COMMENT_STATUSES, NOTE_STATUSES, Side, TicketStatus
from ..message import Message

_MARKS = re.compile(r"[-\s]+")


def reply_line_for(message: Message) -> str | None:
    """Return the line in the current language, or None while the ticket accepts no reply.

    The line says whether the reply will be an internal note.
    """
    if message.ticket.status not in _statuses_for(message):
        return None
    if message.has_note:
        return gettext("--- Write your internal note above this line ---")
    return gettext("--- Write your reply above this line ---")


def _statuses_for(message: Message) -> frozenset[TicketStatus]:
    """Return the statuses in which a reply by mail is accepted (O6)."""
    if message.has_note:
        return NOTE_STATUSES
    if message.relation is Relation.REQUESTER:
        return COMMENT_STATUSES[Side.OWNER]
    return COMMENT_STATUSES[Side.STAFF] | {TicketStatus.New}


def has_reply_line(text: str) -> bool:
    """Return whether ``text`` contains the line in any language, however it is wrapped."""
    words = _MARKS.sub(" ", text)
    lines = {
        *translations_of("--- Write your reply above this line ---"),
        *translations_of("--- Write your internal note above this line ---"),
    }
    return any(_MARKS.sub(" ", line).strip() in words for line in lines)
