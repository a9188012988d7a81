"""Send a reply with an optional transition in one unit of work."""

from __future__ import annotations

from typing import Any

from ...actor import Actor
from ...models import Action, TicketCommentMixin
from ...models.status import Side
from ..tickets.transition import transition_ticket
from .add import add_comment
from .read_markers import mark_read


def reply_and_transition(
    *,
    actor: Actor,
    ticket_id: int,
    side: Side,
    then: Action | None = None,
    read_count: int = 0,
    **comment: Any,
) -> TicketCommentMixin:
    """Write a comment as `add_comment` does, then take a step; return the comment.

    Both are done or neither is. The first ``read_count`` comments of the other side than ``side``
    count as seen (R1); what staff write on a ticket of their own does too.
    Raises what `add_comment` and `transition_ticket` raise.
    """
    made = add_comment(actor=actor, ticket_id=ticket_id, **comment)
    if then is not None:
        transition_ticket(actor=actor, ticket_id=ticket_id, action=then)
    if read_count:
        read_count += side is Side.OWNER and made.is_staff
        mark_read(actor=actor, ticket_id=ticket_id, side=side, count=read_count)
    return made
