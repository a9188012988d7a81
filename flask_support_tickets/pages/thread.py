"""The thread on the requester's page: messages, status changes, and what is unread."""

from __future__ import annotations

from typing import Any

from ..actor import Actor
from ..models import Action
from ..models.status import Side
from ..services.read_models import TicketInfo
from ..web.forms import CommentForm
from ..web.thread_page import thread_context

_TOLD = (Action.StartProgress, Action.MarkAsResolved, Action.Reopen, Action.Close)


def conversation_context(actor: Actor, ticket: TicketInfo, form: CommentForm) -> dict[str, Any]:
    """Return what `thread_context` does for the owner, and what only the owner's page needs.

    Of the steps only those that the owner has to do with are told (R3).
    """
    context = thread_context(actor, ticket, form, Side.OWNER)
    comments, new_ids = context["threads"].items, context["new_ids"]
    context["timeline"] = [
        entry for entry in context["timeline"] if entry.event is None or entry.event.action in _TOLD
    ]
    return context | {
        "comments_by_id": {comment.id: comment for comment in comments},
        #: In the order of the page.
        "first_new_id": next((each.id for each in comments if each.id in new_ids), None),
    }
