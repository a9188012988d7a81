"""Detect, create and rebuild the search index."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import func, inspect, select

from ...current import current_tickets
from ...transaction import unit_of_work
from ..attachments.maintenance import Progress, no_progress
from ..database import connection_of_tickets, engine_of_tickets, run
from .index import SearchIndex, SearchQuery
from .mariadb import MariadbIndex
from .postgresql import PostgresqlIndex
from .scan import read_texts
from .sqlite import SqliteIndex
from .tokenizer import MARKER, Term, tokenize

#: The availability is cached only briefly, because another process may change the index.
_CACHE_SECONDS = 10.0
_BATCH = 500
_INDEXES: dict[str, type[SearchIndex]] = {"sqlite": SqliteIndex, "postgresql": PostgresqlIndex}


@dataclass
class _Availability:
    index: SearchIndex | None
    checked_at: float
    #: None until the first search.
    is_complete: bool | None = None


_cache: WeakKeyDictionary[Any, _Availability] = WeakKeyDictionary()


def index_to_read() -> SearchIndex | None:
    """Return the index if it exists and contains all tickets."""
    available = _check()
    if available.index is not None and available.is_complete is None:
        # The index is filled from the newest ticket to the oldest.
        oldest = run(select(func.min(current_tickets.models.Ticket.id))).scalar()
        available.is_complete = oldest is None or available.index.has(oldest, Term(MARKER))
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


def create_search_index(*, progress: Progress = no_progress) -> bool:
    """Create and fill the index if necessary, and return whether it exists.

    Without an index, searches scan all text, which is slower but returns the same results. Must
    not run inside a unit of work.
    """
    unit_of_work(lambda: current_tickets.models.words.create(connection_of_tickets()))
    forget_availability()
    if index_to_write() is None:
        return False
    if index_to_read() is None:
        rebuild_search_index(progress=progress)
    return True


def rebuild_search_index(*, progress: Progress = no_progress) -> int:
    """Rebuild the index and return the number of tickets, or 0 if there is no index.

    Commits in batches, from the newest ticket to the oldest. Must not run inside a unit of work. A
    running app notices within ten seconds, and scans all text until the index is complete.
    """
    index = index_to_write()
    if index is None:
        return 0
    unit_of_work(index.clear)
    forget_availability()
    total = run(select(func.count()).select_from(current_tickets.models.Ticket)).scalar()
    current_tickets.session.rollback()
    count = sum(1 for _ in progress(_fill(index), total))
    forget_availability()
    return count


def _fill(index: SearchIndex) -> Iterator[int]:
    last: int | None = None
    while ids := unit_of_work(_fill_batch, index, last):
        yield from ids
        last = ids[-1]


def _fill_batch(index: SearchIndex, before_id: int | None) -> list[int]:
    """Lock a batch of tickets so that no comment is missed, index it, and return the ids."""
    newest = SearchQuery((), (), _BATCH, after_id=before_id).candidates(_BATCH)
    batch = read_texts(newest.with_for_update())
    if batch:
        index.add([(ticket_id, {MARKER, *tokenize(*texts)}) for ticket_id, texts in batch])
    return [ticket_id for ticket_id, _ in batch]
