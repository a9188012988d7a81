"""The staff page for a ticket: the thread, the history, and who else has the page open."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .. import services
from ..actor import Actor
from ..models import TicketStatus
from ..models.status import Side
from ..services.read_models import TicketInfo
from ..services.tickets.queries import list_changes
from .event_text import event_pieces
from .formatting import initials
from .staff_reply import ReplyForm
from .thread_page import thread_context
from .ticket_updates import presence_of, updates_etag


def staff_context(
    actor: Actor, ticket: TicketInfo, form: ReplyForm, label_of: Callable[[str], str]
) -> dict[str, Any]:
    """Return the template context that does not depend on the view.

    ``label_of`` returns the label of one of the host's actions.
    """
    context = thread_context(actor, ticket, form, Side.STAFF)
    presence = presence_of(actor, ticket.id)
    return {
        **context,
        "actor": actor,
        "changes": list_changes(actor=actor, ticket=ticket, version=form.version.number),
        "events": services.list_history(
            actor=actor, ticket=ticket, beside=context["threads"].items
        ),
        "event_pieces": partial(event_pieces, label_of=label_of),
        "requester": services.get_requester(actor=actor, ticket=ticket),
        "initials": initials(ticket.user_name),
        "presence": presence,
        "updates_etag": updates_etag(ticket.version, presence),
        "statuses": TicketStatus,
    }
