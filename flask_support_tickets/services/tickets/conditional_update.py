"""Update a ticket with a single conditional statement to resolve races (rule W3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Executable, Row, bindparam, func, select, update
from sqlalchemy.orm.attributes import set_committed_value

from ...actor import Actor
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
from ..access import visible_columns
from ..database import comparison_type, engine_of_tickets, prepared, run
from .counters import count_ticket_change


@dataclass(frozen=True)
class Change:
    """Changes to a ticket's columns other than ``updated_at`` and ``version``."""

    values: Mapping[str, Any] = field(default_factory=dict)
    #: The columns in ``values`` that are set only if they are NULL.
    first: tuple[str, ...] = ()
    #: The columns that are incremented.
    counted: tuple[str, ...] = ()
    #: Whether requesters cannot see the change. ``updated_at`` then stays the same (A4).
    is_internal: bool = False


def change_ticket(
    ticket: Any,
    change: Change,
    *,
    actor: Actor,
    while_in: Collection[TicketStatus],
    refusal: type[InvalidTransition] | type[CommentsNotAllowed],
    at: datetime,
    only_version: int | None = None,
) -> Row[Any]:
    """Update the ticket if its status is one of ``while_in``, and return the updated row.

    Otherwise, roll back all pending changes and raise ``refusal`` with the current status,
    `NotFound` if the ticket was deleted, or `PreconditionFailed` if the version that ``actor`` sees
    is not ``only_version`` (E2).
    """
    ticket_id = ticket.id  # read before a rollback expires the entity
    after = _update(ticket_id, change, actor, while_in, at, only_version)
    if after is None:
        current_tickets.session.rollback()  # ends an old snapshot
        raise _error(refusal, ticket_id, actor, change, only_version)
    _refresh_entity(after)
    becomes = change.values.get("status")
    was = None if becomes is None else min(while_in)  # a transition has one source
    count_ticket_change(after, was=was, becomes=becomes)
    return after


def _update(
    ticket_id: int,
    change: Change,
    actor: Actor,
    while_in: Collection[TicketStatus],
    at: datetime,
    only_version: int | None,
) -> Row[Any] | None:
    """Return the updated row, or None if it did not meet the conditions."""
    is_returned = engine_of_tickets().dialect.update_returning
    columns = tuple(change.values), change.first, change.counted, change.is_internal
    sees_internal = None if only_version is None else actor.sees_internal
    conditions = tuple(sorted(while_in)), sees_internal
    statement = prepared(_conditional_update, *columns, *conditions, is_returned)
    new = {f"new_{name}": value for name, value in change.values.items()}
    values = {"changed_id": ticket_id, "changed_at": at, "only_version": only_version, **new}
    updated = run(statement, values)
    if is_returned:
        return updated.one_or_none()
    if updated.rowcount != 1:
        return None
    table = current_tickets.models.Ticket.__table__
    return run(select(table).where(table.c.id == ticket_id)).one()


def _refresh_entity(row: Any) -> None:
    """Update the ticket in the session's identity map, if it is there."""
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
    is_internal: bool,
    statuses: tuple[TicketStatus, ...],
    sees_internal: bool | None,
    is_returned: bool,
) -> Executable:
    """Build the statement. It checks the version unless ``sees_internal`` is None."""
    table = models.Ticket.__table__
    c = table.c
    counted = (*counted, "version", *(["internal_event_count"] if is_internal else []))
    changed: dict[str, Any] = {name: c[name] + 1 for name in counted}
    changed |= {name: bindparam(f"new_{name}", type_=c[name].type) for name in names}
    changed |= {name: func.coalesce(c[name], changed[name]) for name in first_names}
    if not is_internal:
        changed["updated_at"] = bindparam("changed_at", type_=c.updated_at.type)
    statement = update(table).where(
        c.id == bindparam("changed_id", type_=BigInteger()),
        c.status.in_([int(status) for status in statuses]),
    )
    if sees_internal is not None:
        only_version = bindparam("only_version", type_=comparison_type(c.version))
        [version] = visible_columns([c.version], sees_internal=sees_internal)
        statement = statement.where(version == only_version)
    statement = statement.values(changed)
    return statement.returning(table) if is_returned else statement


def _error(
    refusal: type[DomainError], ticket_id: int, actor: Actor, change: Change, version: int | None
) -> DomainError:
    table = current_tickets.models.Ticket.__table__
    shown = visible_columns((table.c.status, table.c.version), sees_internal=actor.sees_internal)
    ticket = run(select(*shown).where(table.c.id == ticket_id)).one_or_none()
    if ticket is None:
        return NotFound()
    status = ticket.status
    if version is not None and ticket.version != version:
        return PreconditionFailed(status)
    if refusal is CommentsNotAllowed and change.is_internal:
        message = gettext("You can't add a note while the ticket is “%(status)s”.")
    elif refusal is CommentsNotAllowed:
        message = gettext("You can't reply while the ticket is “%(status)s”.")
    else:
        message = gettext("You can't do this while the ticket is “%(status)s”.")
    return refusal(message % {"status": status_label(status)}, status=status)
