"""Prepared statements: built once for each set of models, run many times."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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

#: The most statements that are kept; each takes about 100 kB.
_KEPT_MAX = 200


def prepared(build: Callable[..., S], *shape: Any) -> S:
    """Return ``build(models, *shape)``, built at the first call and kept."""
    models: Models = current_tickets.models
    key = (build, shape)
    statement: S | None = models.statements.get(key)
    if statement is None:
        if len(models.statements) >= _KEPT_MAX:  # as when somebody asks for all page sizes
            for old in list(models.statements)[: _KEPT_MAX // 2]:
                models.statements.pop(old, None)
        statement = models.statements[key] = build(models, *shape)
    return statement


def run(statement: Executable, values: Any = None) -> CursorResult[Any]:
    """Execute a statement on the tickets' database, with one row of values or many."""
    mapper = current_tickets.models.Ticket.__mapper__
    result: CursorResult[Any] = current_tickets.session.execute(
        statement, values, bind_arguments={"mapper": mapper}
    )
    return result


def rows_of(statement: Executable, values: Any = None) -> list[Any]:
    """Return all rows, fetched at once: one by one, a thousand cost a millisecond more."""
    return list(run(statement, values).all())


def upsert(
    table: Table, dialect: str, keys: Sequence[str], merge: Callable[[Any], Mapping[str, Any]]
) -> Insert:
    """Build: insert a row; if there is one with its ``keys``, set what ``merge`` returns.

    ``merge`` is given the columns of the row that was not inserted.
    """
    if dialect in ("mysql", "mariadb"):
        added = mysql.insert(table)
        return added.on_duplicate_key_update(dict(merge(added.inserted)))
    # Databases that speak PostgreSQL's protocol under another name have ON CONFLICT, too.
    statement: Any = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    merged = merge(statement.excluded)
    upserting: Insert = statement.on_conflict_do_update(index_elements=keys, set_=merged)
    return upserting


def is_one_of(column: Any) -> ColumnElement[bool]:
    """Build: ``column`` has one of the values of the parameter ``one_of``."""
    values = bindparam("one_of", type_=type_of_sent(column), expanding=True)
    condition: ColumnElement[bool] = column.in_(values)
    return condition


def type_of_sent(column: Any) -> TypeEngine[Any]:
    """Return the type to bind what somebody sent to be compared with ``column``.

    A number beyond the column's type then finds nothing, instead of being an error in the driver.
    """
    return BigInteger() if isinstance(column.type, Integer) else column.type


def quoted_name_of(table: Any) -> str:
    """Return the name of a table with its schema, quoted for a statement."""
    return engine_of_tickets().dialect.identifier_preparer.format_table(table)


def connection_of_tickets() -> Connection:
    """Return the session's connection to the tickets' database."""
    mapper = current_tickets.models.Ticket.__mapper__
    connection: Connection = current_tickets.session.connection(bind_arguments={"mapper": mapper})
    return connection


def engine_of_tickets() -> Engine:
    """Return the engine of the tickets' database, without connecting."""
    mapper = current_tickets.models.Ticket.__mapper__
    engine: Engine = current_tickets.session.get_bind(mapper).engine
    return engine


def dialect_name() -> str:
    """Return SQLAlchemy's name of the tickets' kind of database."""
    return engine_of_tickets().dialect.name
