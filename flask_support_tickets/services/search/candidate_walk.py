"""Search where matches come unordered: test the newest tickets against the index in batches."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, SelectBase, Table, and_, func, select

from ...current import current_tickets
from ..database import run
from .index import SearchIndex, SearchQuery

#: How many of the newest tickets are tested first, to see how common the words are.
_NEAR = 200
#: Fewer matches among them say nothing.
_HINT = 3
#: The most tickets that are tested.
_FAR = 100_000


class CandidateWalkIndex(SearchIndex):
    """An index that returns all matches of a word at once, which is slow for common words."""

    def __init__(self, table: Table) -> None:
        self._table = table

    @abstractmethod
    def _has(self, word: str) -> ColumnElement[bool]:
        """Return the condition, over all rows of a ticket, that one of them has the word."""

    @abstractmethod
    def _hits(self, words: Sequence[str]) -> SelectBase:
        """Select the ids (``ticket_id``) of all tickets that have the words, each once."""

    def find(self, wanted: SearchQuery) -> list[int]:
        near, is_all = self._look_near(wanted)
        if is_all or len(near) >= wanted.end:
            return wanted.cut(near)
        distance = 2 * _NEAR * wanted.end // max(len(near), 1)
        if len(near) >= _HINT and distance <= _FAR:
            far = self._look_far(wanted, distance)
            if len(far) == wanted.end:
                return wanted.cut(far)
        return self._ask_index(wanted)

    def holds(self, ticket_id: int, word: str) -> bool:
        return bool(run(select(self._has_all([word], ticket_id))).scalar())

    def _look_near(self, wanted: SearchQuery) -> tuple[list[int], bool]:
        """Return the matches among the newest tickets, and whether there are no other tickets."""
        near = _apart(wanted.candidates(_NEAR), "near")
        count = select(-func.count()).select_from(near)  # no id is 0 or less
        matches = select(near.c.id).where(self._has_all(wanted.words, near.c.id))
        *ids, negative = sorted(run(matches.union_all(count)).scalars(), reverse=True)
        return ids, -negative < _NEAR

    def _look_far(self, wanted: SearchQuery, distance: int) -> list[int]:
        far = _apart(wanted.candidates(distance), "far")
        matches = select(far.c.id).where(self._has_all(wanted.words, far.c.id))
        return list(run(matches.order_by(far.c.id.desc()).limit(wanted.end)).scalars())

    def _ask_index(self, wanted: SearchQuery) -> list[int]:
        ids = _apart(self._hits(wanted.words), "hits").c.ticket_id
        if wanted.conditions:  # without, the foreign key guarantees that the tickets exist
            ticket_id = current_tickets.models.Ticket.id
            joined = select(ticket_id).join(ids.table, ids == ticket_id)
            ids = _apart(joined.where(*wanted.conditions), "meant").c.id
        return self._newest(wanted, ids)

    def _newest(self, wanted: SearchQuery, ids: Any) -> list[int]:
        """Return the wanted ones of the ids, a column of a query."""
        query = select(ids).order_by(ids.desc()).limit(wanted.limit).offset(wanted.offset)
        if wanted.after_id is not None:
            query = query.where(ids < wanted.after_id)
        return list(run(query).scalars())

    def _has_all(self, words: Sequence[str], ticket_id: Any) -> ColumnElement[bool]:
        # A scalar subquery is looked up row by row; EXISTS may be turned into a join of everything.
        has_all = and_(*(self._has(word) for word in words))
        return select(has_all).where(self._table.c.ticket_id == ticket_id).scalar_subquery()


def _apart(query: Any, name: str) -> CTE:
    """Return a CTE that PostgreSQL computes first, instead of walking all tickets for a match."""
    cte: CTE = query.cte(name).prefix_with("MATERIALIZED", dialect="postgresql")
    return cte
