"""The one statement that decides races: a conditional UPDATE of a ticket's row (rule W3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from ..current import current_tickets
from ..errors import CommentsNotAllowed, DomainError, InvalidTransition, NotFound
from ..i18n import gettext
from ..models import TicketStatus
from ..transaction import read_afresh


def change_ticket(
    ticket: Any,
    *,
    while_in: Collection[TicketStatus],
    refusal: type[InvalidTransition] | type[CommentsNotAllowed],
    values: Mapping[str, Any],
    at: datetime,
) -> None:
    """Set ``values`` on the ticket's row if its status is one of ``while_in`` at that moment.

    Otherwise nothing is changed, everything pending is rolled back, and ``refusal`` is raised
    with the status the ticket has now; `NotFound` when its row is gone.
    """
    model = current_tickets.models.Ticket
    ticket_id = ticket.id
    changed = current_tickets.session.execute(
        update(model)
        .where(model.id == ticket_id, model.status.in_(sorted(while_in)))
        .values(updated_at=at, **values)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:
        raise _refuse(refusal, read_afresh(select(model.status).where(model.id == ticket_id)))
    current_tickets.session.refresh(ticket)


def _refuse(refusal: type[DomainError], status: int | None) -> DomainError:
    if status is None:
        return NotFound()
    name = TicketStatus(status).name
    if refusal is CommentsNotAllowed:
        message = gettext("You cannot comment on this ticket while it is %(status)s.")
    else:
        message = gettext("This is not possible now: the ticket is %(status)s.")
    return refusal(message % {"status": name}, status=status)
