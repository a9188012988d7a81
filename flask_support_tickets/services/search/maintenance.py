"""Create and rebuild the search index."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, select

from ...current import current_tickets
from ...transaction import unit_of_work
from ..attachments.maintenance import Progress, no_progress
from ..database import connection_of_tickets, run
from .availability import forget_availability, index_to_read, index_to_write
from .index import SearchIndex, SearchQuery
from .scan import read_tokens
from .tokenizer import MARKER

_BATCH = 500


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

    Searches use the old index in the meantime, and writes go into both. On SQLite, the new index is
    another table, which replaces the old one in one transaction; on other databases, the tokens of
    each ticket are replaced. Commits in batches, from the newest ticket to the oldest, so it can be
    interrupted and repeated. Must not run inside a unit of work.
    """
    index = index_to_write()
    if index is None:
        return 0
    new = unit_of_work(index.start_rebuild)
    forget_availability()
    total = run(select(func.count()).select_from(current_tickets.models.Ticket)).scalar()
    current_tickets.session.rollback()
    count = sum(1 for _ in progress(_fill(new), total))
    ticket_id = current_tickets.models.Ticket.id
    while missing := unit_of_work(index.finish_rebuild):
        unit_of_work(_replace, new, select(ticket_id).where(ticket_id.in_(missing)))
    forget_availability()
    return count


def _fill(new: SearchIndex) -> Iterator[int]:
    last: int | None = None
    while True:
        newest = SearchQuery((), (), _BATCH, after_id=last).candidates(_BATCH)
        ids = unit_of_work(_replace, new, newest)
        if not ids:
            return
        yield from ids
        last = ids[-1]


def _replace(new: SearchIndex, tickets: Select[Any]) -> list[int]:
    """Lock the tickets so that no comment is missed, index them, and return their ids."""
    batch = read_tokens(tickets.with_for_update())
    if batch:
        new.replace([(ticket_id, {MARKER, *tokens}) for ticket_id, tokens in batch])
    return [ticket_id for ticket_id, _ in batch]
