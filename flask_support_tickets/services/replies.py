"""Write: what is sent from a ticket's page, in one unit of work."""

from __future__ import annotations

from typing import Any

from ..models import Action
from ..models.status import Side
from ..policy import Actor
from .comments import add_comment
from .seen import mark_seen
from .workflow import move_ticket


def send_reply(
    *,
    actor: Actor,
    ticket_id: int,
    side: Side,
    then: Action | None = None,
    seen_count: int = 0,
    **comment: Any,
) -> Any:
    """Write a comment as `add_comment` does, then take a step; return the comment.

    Both are done or neither is. The first ``seen_count`` comments of the other side than ``side``
    count as seen (R1); what staff write on a ticket of their own does too.
    Raises what `add_comment` and `move_ticket` raise.
    """
    made = add_comment(actor=actor, ticket_id=ticket_id, **comment)
    if then is not None:
        move_ticket(actor=actor, ticket_id=ticket_id, action=then)
    if seen_count:
        seen_count += side is Side.OWNER and made.is_staff
        mark_seen(actor=actor, ticket_id=ticket_id, side=side, count=seen_count)
    return made
