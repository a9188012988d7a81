"""Whether the search index exists and is complete; checked every few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import func, inspect, select

from ...current import current_tickets
from ..database import connection_of_tickets, engine_of_tickets, run
from .index import SearchIndex
from .mariadb import MariadbIndex
from .postgresql import PostgresqlIndex
from .sqlite import SqliteIndex
from .tokenizer import MARKER

#: How long a finding is trusted: another process may create, drop or rebuild the index.
_FRESH_SECONDS = 10.0
_KINDS: dict[str, Callable[..., SearchIndex]] = {
    "sqlite": SqliteIndex,
    "postgresql": PostgresqlIndex,
    "mysql": MariadbIndex,
    "mariadb": MariadbIndex,
}


@dataclass
class _Finding:
    index: SearchIndex | None
    found_at: float
    #: None until somebody reads.
    is_complete: bool | None = None


_findings: WeakKeyDictionary[Any, _Finding] = WeakKeyDictionary()


def index_to_read() -> SearchIndex | None:
    """Return the index if it exists and holds every ticket."""
    finding = _current_finding()
    if finding.index is not None and finding.is_complete is None:
        finding.is_complete = _is_complete(finding.index)
    return finding.index if finding.is_complete else None


def index_to_write() -> SearchIndex | None:
    """Return the index if it exists. A missing one is looked for each time."""
    if _current_finding().index is None:
        forget_availability()
    return _current_finding().index


def forget_availability() -> None:
    """Look again next time, because the index was created or is being filled."""
    _findings.pop(engine_of_tickets(), None)


def _current_finding() -> _Finding:
    engine, now = engine_of_tickets(), time.monotonic()
    finding = _findings.get(engine)
    if finding is None or now - finding.found_at > _FRESH_SECONDS:
        finding = _findings[engine] = _Finding(_find_index(), now)
    return finding


def _find_index() -> SearchIndex | None:
    connection = connection_of_tickets()
    dialect_name = connection.dialect.name
    table = current_tickets.models.words.on(dialect_name)
    if table is None or not inspect(connection).has_table(table.name, schema=table.schema):
        return None
    return _KINDS[dialect_name](table)


def _is_complete(index: SearchIndex) -> bool:
    """Whether the oldest ticket is in it: it is filled from the newest to the oldest."""
    oldest = run(select(func.min(current_tickets.models.Ticket.id))).scalar()
    return oldest is None or index.holds(oldest, MARKER)
