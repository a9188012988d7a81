"""Run the host's own actions on tickets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import event, inspect, select

from ...actor import Actor
from ...current import current_tickets
from ...errors import InvalidTransition
from ...models import TicketStatus, utc_now
from ..access import require_id
from ..database import run
from .conditional_update import Change, change_ticket
from .history import record_event
from .queries import get_ticket

T = TypeVar("T")
_STATUS_SET = "An action of a view set a ticket's status. Call transition_ticket instead."


def run_host_action(
    change: Callable[[list[Any]], T], *, actor: Actor, ticket_ids: Sequence[int], action: str
) -> T:
    """Call ``change`` with the mapped tickets, record ``action`` for each, and return the result.

    Raises `NotFound` if the actor cannot see one of the tickets, and `RuntimeError` if ``change``
    sets a status (W1).
    """
    require_id(actor)
    now, model = utc_now(), current_tickets.models.Ticket
    for ticket_id in sorted(ticket_ids):  # in the same order everywhere, to prevent deadlocks
        ticket = get_ticket(actor=actor, ticket_id=ticket_id)
        changed = change_ticket(
            ticket,
            Change(),
            actor=actor,
            while_in=set(TicketStatus),
            refusal=InvalidTransition,
            at=now,
        )
        record_event(action, actor=actor, ticket=changed, from_status=changed.status, at=now)
    query = select(model).where(model.id.in_(ticket_ids))
    found = {ticket.id: ticket for ticket in current_tickets.session.scalars(query).unique()}
    tickets = [found[ticket_id] for ticket_id in ticket_ids]
    session = current_tickets.session()
    event.listen(session, "before_flush", _refuse_status)
    try:
        result = change(tickets)
        session.flush()
    finally:
        event.remove(session, "before_flush", _refuse_status)
    if _has_unrecorded_status(ticket_ids):  # by a statement
        raise RuntimeError(_STATUS_SET)
    return result


def _refuse_status(session: Any, *_args: Any) -> None:
    """Raise an error if a mapped ticket has a new status."""
    model = current_tickets.models.Ticket
    changed = (each for each in session.dirty if isinstance(each, model))
    if any(inspect(each).attrs.status.history.has_changes() for each in changed):
        raise RuntimeError(_STATUS_SET)


def _has_unrecorded_status(ticket_ids: Sequence[int]) -> bool:
    """Return whether the status of a ticket differs from that in its latest event."""
    models = current_tickets.models
    ticket, history = models.Ticket.__table__.c, models.TicketEvent.__table__.c
    recorded = select(history.to_status).where(history.ticket_id == ticket.id)
    latest = recorded.order_by(history.id.desc()).limit(1).scalar_subquery()
    query = select(ticket.id).where(ticket.id.in_(ticket_ids), ticket.status != latest)
    return run(query.limit(1)).first() is not None
