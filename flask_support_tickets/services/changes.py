"""The one statement that decides races: a conditional UPDATE of a ticket's row (rule W3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Update, select, update

from ..current import current_tickets
from ..errors import (
    CommentsNotAllowed,
    DomainError,
    InvalidTransition,
    NotFound,
    PreconditionFailed,
)
from ..i18n import gettext
from ..models import TicketStatus
from ..transaction import read_afresh
from ..wording import status_text
from .counters import count_change
from .statements import engine_of_tickets


def change_ticket(
    ticket: Any,
    *,
    while_in: Collection[TicketStatus],
    refusal: type[InvalidTransition] | type[CommentsNotAllowed],
    values: Mapping[str, Any],
    at: datetime,
    only_version: int | None = None,
) -> None:
    """Set ``values`` on the ticket's row if its status is one of ``while_in`` at that moment.

    Otherwise nothing is changed, everything pending is rolled back, and ``refusal`` is raised
    with the status the ticket has now; `NotFound` when its row is gone. With ``only_version``,
    `PreconditionFailed` when it has another version by then (E2).
    """
    model = current_tickets.models.Ticket
    ticket_id = ticket.id
    conditions = [model.id == ticket_id, model.status.in_(sorted(while_in))]
    if only_version is not None:
        conditions.append(model.version == only_version)
    statement = update(model).where(*conditions)
    if not _update(ticket, statement.values(updated_at=at, version=model.version + 1, **values)):
        now = read_afresh(select(model).where(model.id == ticket_id))
        raise _refuse(refusal, now, only_version)
    becomes = values.get("status")
    was = None if becomes is None else min(while_in)  # a move has one status to start from
    count_change(ticket, was=was, becomes=becomes)


def _update(ticket: Any, statement: Update) -> bool:
    """Whether ``statement`` changed the ticket's row; the entity shows it then."""
    session = current_tickets.session
    statement = statement.execution_options(synchronize_session=False)
    if engine_of_tickets().dialect.update_returning:
        afresh = statement.returning(type(ticket)).execution_options(populate_existing=True)
        return session.scalars(afresh).one_or_none() is not None
    if session.execute(statement).rowcount != 1:
        return False
    session.refresh(ticket)
    return True


def _refuse(refusal: type[DomainError], ticket: Any | None, version: int | None) -> DomainError:
    if ticket is None:
        return NotFound()
    status = ticket.status
    if version is not None and ticket.version != version:
        return PreconditionFailed(status)
    if refusal is CommentsNotAllowed:
        message = gettext("You cannot comment on this ticket while it is “%(status)s”.")
    else:
        message = gettext("This is not possible now: the ticket is “%(status)s”.")
    return refusal(message % {"status": status_text(status)}, status=status)
