"""Create and drop the search index in the host's revisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, MetaData, Table
from sqlalchemy.engine.mock import MockConnection

from ..models.search_tables import SearchTables, declare_search_tables
from ..models.ticket import TicketMixin

if TYPE_CHECKING:
    from alembic.operations import Operations


def create_search_index(op: Operations, schema: str | None = None) -> None:
    """Create an empty search index for ``support_ticket`` if the database supports it.

    If tickets already exist, run ``flask support-tickets init-db`` to fill it.
    """
    _tables(schema).create(_connection(op))


def drop_search_index(op: Operations, schema: str | None = None) -> None:
    """Drop the search index. Call this before dropping ``support_ticket``."""
    _tables(schema).drop(_connection(op))


def _tables(schema: str | None) -> SearchTables:
    key = Column("id", BigInteger, primary_key=True)
    return declare_search_tables(Table(TicketMixin.__tablename__, MetaData(), key, schema=schema))


def _connection(op: Operations) -> Any:
    context = op.get_context()
    if context.as_sql:  # offline mode
        return MockConnection(context.dialect, lambda statement, *_, **__: op.execute(statement))
    return op.get_bind()
