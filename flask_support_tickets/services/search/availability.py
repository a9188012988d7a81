"""Whether the search index exists and is complete, and how it is created and rebuilt."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
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
from .tokenizer import MARKER, tokenize

#: How long a finding is trusted: another process may create, drop or rebuild the index.
_FRESH_SECONDS = 10.0
#: Tickets that are indexed in one transaction.
_BATCH = 500
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
    table = current_tickets.models.words.by_dialect.get(dialect_name)
    if table is None or not inspect(connection).has_table(table.name, schema=table.schema):
        return None
    return _KINDS[dialect_name](table)


def _is_complete(index: SearchIndex) -> bool:
    """Whether the oldest ticket is in it: it is filled from the newest to the oldest."""
    oldest = run(select(func.min(current_tickets.models.Ticket.id))).scalar()
    return oldest is None or index.holds(oldest, MARKER)


def create_search_index(*, progress: Progress = no_progress) -> bool:
    """Create the index if it is missing, fill it if it lacks tickets, and return whether it exists.

    Without one, searches read the texts: slower, with the same results. Must not run inside a unit
    of work.
    """
    unit_of_work(lambda: current_tickets.models.words.create(connection_of_tickets()))
    forget_availability()
    if index_to_write() is None:
        return False
    if index_to_read() is None:
        rebuild_search_index(progress=progress)
    return True


def rebuild_search_index(*, progress: Progress = no_progress) -> int:
    """Rebuild the index and return the number of tickets; 0 if there is no index.

    Commits in batches, from the newest ticket to the oldest; must not run inside a unit of work.
    The app may run meanwhile: within ten seconds it notices, and searches without the index until
    that is complete.
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
    """Index the next tickets and return their ids. Locks them, so that no comment is missed."""
    newest = SearchQuery((), (), _BATCH, after_id=before_id).candidates(_BATCH)
    batch = read_texts(newest.with_for_update())
    if batch:
        index.add([(ticket_id, {MARKER, *tokenize(*texts)}) for ticket_id, texts in batch])
    return [ticket_id for ticket_id, _ in batch]
