"""Whether the search index exists and is complete; checked every few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import func, inspect, select

from ...current import current_tickets
from ..database import connection_of_tickets, engine_of_tickets, run
from .index import SearchIndex
from .mariadb import MariadbIndex
from .postgresql import PostgresqlIndex
from .sqlite import SqliteIndex
from .tokenizer import MARKER

T = TypeVar("T")

#: How long what was seen is believed: another process may make, drop or rebuild the index.
_FRESH_SECONDS = 10.0
_KINDS: dict[str, Callable[..., SearchIndex]] = {
    "sqlite": SqliteIndex,
    "postgresql": PostgresqlIndex,
    "mysql": MariadbIndex,
    "mariadb": MariadbIndex,
}


class _Seen(NamedTuple, Generic[T]):
    value: T
    seen_at: float


#: For each engine, the index that is there, and whether it is whole.
_there: WeakKeyDictionary[Any, _Seen[SearchIndex | None]] = WeakKeyDictionary()
_whole: WeakKeyDictionary[Any, _Seen[bool]] = WeakKeyDictionary()


def index_to_read() -> SearchIndex | None:
    """Return the index if it is there and holds every ticket."""
    engine = engine_of_tickets()
    index = _remembered(_there, engine, _find_index)
    if index is None or not _remembered(_whole, engine, lambda: _is_whole(index)):
        return None
    return index


def index_to_write() -> SearchIndex | None:
    """Return the index if it is there. What is missing is looked for each time."""
    engine = engine_of_tickets()
    if engine in _there and _there[engine].value is None:
        del _there[engine]
    return _remembered(_there, engine, _find_index)


def forget_availability() -> None:
    """Look anew next time: the index was made, or is being filled."""
    for memory in (_there, _whole):
        memory.pop(engine_of_tickets(), None)


def _remembered(memory: WeakKeyDictionary[Any, _Seen[T]], engine: Any, look: Callable[[], T]) -> T:
    now, known = time.monotonic(), memory.get(engine)
    if known is None or now - known.seen_at > _FRESH_SECONDS:
        known = memory[engine] = _Seen(look(), now)
    return known.value


def _find_index() -> SearchIndex | None:
    connection = connection_of_tickets()
    dialect_name = connection.dialect.name
    table = current_tickets.models.words.on(dialect_name)
    if table is None or not inspect(connection).has_table(table.name, schema=table.schema):
        return None
    return _KINDS[dialect_name](table)


def _is_whole(index: SearchIndex) -> bool:
    """Whether the oldest ticket is in it: it is filled from the newest to the oldest."""
    oldest = run(select(func.min(current_tickets.models.Ticket.id))).scalar()
    return oldest is None or index.holds(oldest, MARKER)
