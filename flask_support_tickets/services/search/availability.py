"""Detect the search index."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import func, inspect, select

from ...current import current_tickets, warn_once
from ..database import connection_of_tickets, engine_of_tickets, run
from .index import SearchIndex
from .mariadb import MariadbIndex
from .postgresql import PostgresqlIndex
from .sqlite import SqliteIndex
from .tokenizer import MARKER, Term

logger = logging.getLogger(__name__)

#: The availability is cached only briefly, because another process may change the index.
_CACHE_SECONDS = 10.0
_INDEXES: dict[str, type[SearchIndex]] = {"sqlite": SqliteIndex, "postgresql": PostgresqlIndex}


@dataclass
class _Availability:
    index: SearchIndex | None
    checked_at: float
    #: None until the first search.
    is_complete: bool | None = None


_cache: WeakKeyDictionary[Any, _Availability] = WeakKeyDictionary()


def index_to_read() -> SearchIndex | None:
    """Return the index if it exists and contains all tickets, with the current tokens."""
    available = _check()
    if available.index is not None and available.is_complete is None:
        # The index is filled from the newest ticket to the oldest.
        oldest = run(select(func.min(current_tickets.models.Ticket.id))).scalar()
        available.is_complete = oldest is None or available.index.has(oldest, Term(MARKER))
        if not available.is_complete:
            warn_once(
                logger,
                "The search index is incomplete or was made by another version, so that searches "
                "read all tickets, slowly. Run: flask support-tickets rebuild-search",
            )
    return available.index if available.is_complete else None


def index_to_write() -> SearchIndex | None:
    """Return the index if it exists. Its absence is not cached."""
    if _check().index is None:
        forget_availability()
    return _check().index


def forget_availability() -> None:
    """Clear the cache after the index has been created or changed."""
    _cache.pop(engine_of_tickets(), None)


def _check() -> _Availability:
    engine, now = engine_of_tickets(), time.monotonic()
    available = _cache.get(engine)
    if available is None or now - available.checked_at > _CACHE_SECONDS:
        available = _cache[engine] = _Availability(_find_index(), now)
    return available


def _find_index() -> SearchIndex | None:
    connection = connection_of_tickets()
    dialect_name = connection.dialect.name
    table = current_tickets.models.words.by_dialect.get(dialect_name)
    if table is None or not inspect(connection).has_table(table.name, schema=table.schema):
        return None
    return _INDEXES.get(dialect_name, MariadbIndex)(table)
