"""Prepared statements: built once for each set of models, run many times."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    CursorResult,
    Engine,
    Insert,
    Integer,
    Table,
    bindparam,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.sql.base import Executable
from sqlalchemy.types import TypeEngine

from ..current import current_tickets
from ..models import Models

S = TypeVar("S", bound=Executable)

#: So many statements are kept, the latest; each takes about 100 kB.
_KEPT_MAX = 200


def prepared(build: Callable[..., S], *shape: Any) -> S:
    """Return ``build(models, *shape)``, built when it is first asked for and kept for long."""
    models: Models = current_tickets.models
    key = (build, shape)
    statement: S | None = models.statements.get(key)
    if statement is None:
        if len(models.statements) >= _KEPT_MAX:  # somebody asks for all page sizes, say
            for old in list(models.statements)[: _KEPT_MAX // 2]:
                models.statements.pop(old, None)
        statement = models.statements[key] = build(models, *shape)
    return statement


def run(statement: Executable, values: Any = None) -> CursorResult[Any]:
    """Execute a statement on the database that has the tickets, with a row of values or many."""
    mapper = current_tickets.models.Ticket.__mapper__
    result: CursorResult[Any] = current_tickets.session.execute(
        statement, values, bind_arguments={"mapper": mapper}
    )
    return result


def rows_of(statement: Executable, values: Any = None) -> list[Any]:
    """Return all rows, taken at once: one by one, a thousand cost a millisecond more."""
    return list(run(statement, values).all())


def column_of(statement: Executable) -> list[Any]:
    """Return the first column of all rows, taken at once."""
    return list(run(statement).scalars().all())


def upsert(
    table: Table, dialect: str, keys: Sequence[str], merge: Callable[[Any], Mapping[str, Any]]
) -> Insert:
    """Build: insert a row; where there is one with its ``keys``, set what ``merge`` returns.

    ``merge`` is given the columns of the row that did not go in.
    """
    if dialect in ("mysql", "mariadb"):
        added = mysql.insert(table)
        return added.on_duplicate_key_update(dict(merge(added.inserted)))
    # What speaks PostgreSQL's protocol under another name knows its ON CONFLICT, too.
    insert: Any = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = insert(table)
    merged = merge(statement.excluded)
    upserting: Insert = statement.on_conflict_do_update(index_elements=keys, set_=merged)
    return upserting


def is_one_of(column: Any, size: int) -> ColumnElement[bool]:
    """Build: ``column`` has one of ``size`` values, those that `one_of` returns.

    A list that is written out anew for each request would have to be compiled each time.
    """
    kind = type_of_sent(column)
    condition: ColumnElement[bool] = column.in_(
        [bindparam(f"one_of_{number}", type_=kind) for number in range(size)]
    )
    return condition


def type_of_sent(column: Any) -> TypeEngine[Any]:
    """Return the type to bind what somebody sent to be compared with ``column``.

    A number beyond the column's type finds nothing then, instead of being an error in the driver.
    """
    return BigInteger() if isinstance(column.type, Integer) else column.type


def one_of(values: Collection[Any]) -> tuple[int, dict[str, Any]]:
    """Return a size that has room for ``values``, one or more, and the parameters for it."""
    given = list(values)
    size = 1 << (len(given) - 1).bit_length()
    given += given[-1:] * (size - len(given))
    return size, {f"one_of_{number}": value for number, value in enumerate(given)}


def entity_in_session(model: type[Any], row_id: int) -> Any | None:
    """Return the entity of a row if the session has it; a statement does not tell it of changes."""
    key = model.__mapper__.identity_key_from_primary_key((row_id,))
    return current_tickets.session.identity_map.get(key)


def quoted_name_of(table: Any) -> str:
    """Return the name of a table, with its schema, as a statement of our own has it."""
    return engine_of_tickets().dialect.identifier_preparer.format_table(table)


def connection_of_tickets() -> Connection:
    """Return the session's connection to the database that has the tickets."""
    mapper = current_tickets.models.Ticket.__mapper__
    connection: Connection = current_tickets.session.connection(bind_arguments={"mapper": mapper})
    return connection


def engine_of_tickets() -> Engine:
    """Return the engine of the database that has the tickets, without connecting."""
    mapper = current_tickets.models.Ticket.__mapper__
    engine: Engine = current_tickets.session.get_bind(mapper).engine
    return engine


def dialect_name() -> str:
    """Return what SQLAlchemy calls the kind of database that has the tickets."""
    return engine_of_tickets().dialect.name
