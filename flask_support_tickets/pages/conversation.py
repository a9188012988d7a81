"""What the owner's page shows of a ticket's life: messages, steps in between, and what is new."""

from __future__ import annotations

from typing import Any

from ..models import Action
from ..models.status import Side
from ..policy import Actor
from ..services.paging import Page
from ..services.seen import comments_for, unread_of
from ..services.shown import Shown
from ..services.timeline import find_new, list_timeline

_TOLD = (Action.StartProgress, Action.MarkAsResolved, Action.Reopen, Action.Close)


def conversation_context(actor: Actor, ticket: Shown, threads: Page, page: int) -> dict[str, Any]:
    """Return what the conversation on a ticket's page needs, beside the page of ``threads``.

    Of the steps only those that the owner has to do with are told (R3).
    """
    timeline = list_timeline(actor=actor, ticket=ticket, threads=threads, page=page)
    unread = unread_of(actor=actor, tickets=[ticket], side=Side.OWNER).get(ticket.id, 0)
    new_ids = find_new(ticket=ticket, side=Side.OWNER, unread=unread, comments=threads.items)
    return {
        "timeline": [
            entry for entry in timeline if not entry.is_step or entry.shown.action in _TOLD
        ],
        "comments_by_id": {comment.id: comment for comment in threads.items},
        "unread": unread,
        "new_ids": new_ids,
        #: In the order of the page.
        "first_new_id": next((each.id for each in threads.items if each.id in new_ids), None),
        "seen_count": comments_for(ticket, Side.OWNER),
    }
