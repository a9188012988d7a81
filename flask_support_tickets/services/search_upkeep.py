"""Make and fill the index of words; never as part of a request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select

from ..current import current_tickets
from ..transaction import unit_of_work
from ..words import SIGN, words_in
from .search_index import WordIndex, forget_state, index_to_read, index_to_write
from .search_index.scan import comments_of
from .statements import connection_of_tickets, run
from .upkeep import Progress, silently

_BATCH = 500


def create_search_index(*, progress: Progress = silently) -> bool:
    """Create the index if it is missing, fill it if it lacks tickets, and say whether there is one.

    Without one, searches read the texts: slow, and with the same answers. Must not run inside a
    unit of work.
    """
    unit_of_work(_create)
    forget_state()
    if index_to_write() is None:
        return False
    if index_to_read() is None:
        rebuild_search_index(progress=progress)
    return True


def rebuild_search_index(*, progress: Progress = silently) -> int:
    """Fill the index anew, and return the number of tickets; 0 when there is no index.

    Commits in batches, from the newest ticket to the oldest; must not run inside a unit of work.
    The app may run meanwhile: it searches without the index until it is whole, after up to ten
    seconds in which it does not know.
    """
    index = index_to_write()
    if index is None:
        return 0
    unit_of_work(index.clear)
    forget_state()
    total = run(select(func.count()).select_from(current_tickets.models.Ticket)).scalar()
    current_tickets.session.rollback()
    count = sum(1 for _ in progress(_fill(index), total))
    forget_state()
    return count


def _create() -> None:
    current_tickets.models.words.create(connection_of_tickets())


def _fill(index: WordIndex) -> Iterator[int]:
    last: int | None = None
    while ids := unit_of_work(_fill_batch, index, last):
        yield from ids
        last = ids[-1]


def _fill_batch(index: WordIndex, before_id: int | None) -> list[int]:
    """Index the next tickets and return their ids. Locks them, so that no comment is overlooked."""
    model = current_tickets.models.Ticket
    query = select(model.id, model.subject, model.description).order_by(model.id.desc())
    if before_id is not None:
        query = query.where(model.id < before_id)
    tickets: Any = run(query.limit(_BATCH).with_for_update()).all()
    comments = comments_of([ticket.id for ticket in tickets])
    rows = [
        (row.id, {SIGN, *words_in(row.subject, row.description, *comments.get(row.id, ()))})
        for row in tickets
    ]
    if rows:
        index.add(rows)
    return [row.id for row in tickets]
