"""Create and rebuild the search index; never in a request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select

from ...current import current_tickets
from ...transaction import unit_of_work
from ..attachments.maintenance import Progress, no_progress
from ..database import connection_of_tickets, run
from .availability import forget_availability, index_to_read, index_to_write
from .index import SearchIndex
from .scan import comments_of
from .tokenizer import MARKER, tokenize

_BATCH = 500


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
    model = current_tickets.models.Ticket
    query = select(model.id, model.subject, model.description).order_by(model.id.desc())
    if before_id is not None:
        query = query.where(model.id < before_id)
    tickets: Any = run(query.limit(_BATCH).with_for_update()).all()
    comments = comments_of([ticket.id for ticket in tickets])
    rows = [
        (row.id, {MARKER, *tokenize(row.subject, row.description, *comments.get(row.id, ()))})
        for row in tickets
    ]
    if rows:
        index.add(rows)
    return [row.id for row in tickets]
