"""Update the counters when the host deletes a ticket, for example in a ModelView."""

from __future__ import annotations

from operator import add
from typing import Any
from weakref import WeakSet

from sqlalchemy import Connection, delete, event
from sqlalchemy.orm import Mapper

from ...models import Models
from ...models.counter import BLOCK_SIZE, COUNT_COLUMNS
from ..database import upsert

#: The mapped classes of tickets that are watched.
_watched: WeakSet[type[Any]] = WeakSet()


def watch_deletions(models: Models) -> None:
    """Update the counters, and on SQLite delete a ticket's rows, when the ORM deletes a ticket.

    SQLite does not enforce ``ON DELETE CASCADE`` by default. Statements that bypass the ORM are not
    noticed; see `counters.read_totals`.
    """
    if models.Ticket in _watched:
        return
    _watched.add(models.Ticket)

    def on_delete(_mapper: Mapper[Any], connection: Connection, ticket: Any) -> None:
        if connection.dialect.name == "sqlite":
            _delete_rows(models, connection, ticket)
        _uncount(models, connection, ticket)

    event.listen(models.Ticket, "before_delete", on_delete)


def _delete_rows(models: Models, connection: Connection, ticket: Any) -> None:
    for table in reversed(models.tables):
        if "ticket_id" in table.c:
            connection.execute(delete(table).where(table.c.ticket_id == ticket.id))


def _uncount(models: Models, connection: Connection, ticket: Any) -> None:
    table = models.TicketCounter.__table__
    columns = (*COUNT_COLUMNS, "change_count")
    values = dict.fromkeys(columns, 0) | {COUNT_COLUMNS[ticket.status]: -1, "change_count": 1}
    key = {"block": ticket.id // BLOCK_SIZE, "slot": 0}
    statement = upsert(table, connection.dialect.name, ("block", "slot"), columns, add)
    connection.execute(statement, key | values)
