"""The conditional UPDATE of a ticket that decides races (rule W3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Executable, Row, bindparam, func, select, update
from sqlalchemy.orm.attributes import set_committed_value

from ...current import current_tickets
from ...errors import (
    CommentsNotAllowed,
    DomainError,
    InvalidTransition,
    NotFound,
    PreconditionFailed,
)
from ...i18n import gettext
from ...models import Models, TicketStatus
from ...models.status import status_label
from ..database import engine_of_tickets, prepared, run, type_of_sent
from .counters import count_ticket_change


@dataclass(frozen=True)
class Change:
    """The new values of a ticket's row by column, besides ``updated_at`` and ``version``."""

    values: Mapping[str, Any] = field(default_factory=dict)
    #: Those of ``values`` that are set only if the column is NULL.
    first: tuple[str, ...] = ()
    #: Columns that are increased by one.
    counted: tuple[str, ...] = ()


def change_ticket(
    ticket: Any,
    change: Change,
    *,
    while_in: Collection[TicketStatus],
    refusal: type[InvalidTransition] | type[CommentsNotAllowed],
    at: datetime,
    only_version: int | None = None,
) -> Row[Any]:
    """Make the change if the ticket's status is one of ``while_in``, and return the new row.

    ``ticket`` has its ``id`` and ``created_at``. Otherwise everything pending is rolled back, and
    ``refusal`` is raised with the current status, `NotFound` if the row is gone, or, with
    ``only_version``, `PreconditionFailed` if it has another version (E2).
    """
    ticket_id = ticket.id  # a rollback expires an entity
    after = _update(ticket_id, change, while_in, at, only_version)
    if after is None:
        session, model = current_tickets.session, current_tickets.models.Ticket
        session.rollback()  # else an old snapshot might hide why
        now = session.scalar(select(model).where(model.id == ticket_id))
        raise _refuse(refusal, now, only_version)
    _show_on_entity(after)
    becomes = change.values.get("status")
    was = None if becomes is None else min(while_in)  # a transition starts from one status
    count_ticket_change(after, was=was, becomes=becomes)
    return after


def _update(
    ticket_id: int,
    change: Change,
    while_in: Collection[TicketStatus],
    at: datetime,
    only_version: int | None,
) -> Row[Any] | None:
    """Return the changed row; None if it did not meet the conditions."""
    is_returned = engine_of_tickets().dialect.update_returning
    statement = prepared(
        _conditional_update,
        *(tuple(change.values), change.first, change.counted),
        tuple(sorted(while_in)),
        only_version is not None,
        is_returned,
    )
    new = {f"new_{name}": value for name, value in change.values.items()}
    known = {} if only_version is None else {"only_version": only_version}
    changed = run(statement, {"changed_id": ticket_id, "changed_at": at, **new, **known})
    if is_returned:
        return changed.one_or_none()
    if changed.rowcount != 1:
        return None
    table = current_tickets.models.Ticket.__table__
    return run(select(table).where(table.c.id == ticket_id)).one()


def _show_on_entity(row: Any) -> None:
    """Update the ticket's entity, if the session has it: a statement leaves it as it was."""
    mapper = current_tickets.models.Ticket.__mapper__
    key = mapper.identity_key_from_primary_key((row.id,))
    entity = current_tickets.session.identity_map.get(key)
    if entity is not None:
        for column in mapper.local_table.c:
            name = mapper.get_property_by_column(column).key
            set_committed_value(entity, name, row._mapping[column])


def _conditional_update(
    models: Models,
    names: tuple[str, ...],
    first_names: tuple[str, ...],
    counted: tuple[str, ...],
    statuses: tuple[TicketStatus, ...],
    is_versioned: bool,
    is_returned: bool,
) -> Executable:
    table = models.Ticket.__table__
    c = table.c
    changed: dict[str, Any] = {name: c[name] + 1 for name in (*counted, "version")}
    changed |= {name: bindparam(f"new_{name}", type_=c[name].type) for name in names}
    changed |= {name: func.coalesce(c[name], changed[name]) for name in first_names}
    changed["updated_at"] = bindparam("changed_at", type_=c.updated_at.type)
    statement = update(table).where(
        c.id == bindparam("changed_id", type_=BigInteger()),
        c.status.in_([int(status) for status in statuses]),
    )
    if is_versioned:
        statement = statement.where(
            c.version == bindparam("only_version", type_=type_of_sent(c.version))
        )
    statement = statement.values(changed)
    return statement.returning(table) if is_returned else statement


def _refuse(refusal: type[DomainError], ticket: Any | None, version: int | None) -> DomainError:
    if ticket is None:
        return NotFound()
    status = ticket.status
    if version is not None and ticket.version != version:
        return PreconditionFailed(status)
    if refusal is CommentsNotAllowed:
        message = gettext("You can't reply while the ticket is “%(status)s”.")
    else:
        message = gettext("You can't do this while the ticket is “%(status)s”.")
    return refusal(message % {"status": status_label(status)}, status=status)
