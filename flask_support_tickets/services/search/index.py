"""What a search asks for, and the interface of an index that answers it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from sqlalchemy import CTE, ColumnElement, Select, SelectBase, Table, and_, select

from ...current import current_tickets
from ..database import run

#: How many of the newest tickets are tested first, to see how common the words are.
_NEAR = 200
#: Fewer matches among them say nothing.
_HINT = 3
#: The most tickets that are tested.
_FAR = 100_000


@dataclass(frozen=True)
class SearchQuery:
    """The tickets to find, newest first."""

    #: The ticket must have all of them; never empty.
    words: Sequence[str]
    #: On the ticket's own columns.
    conditions: Sequence[ColumnElement[bool]]
    limit: int
    offset: int = 0
    #: Only tickets older than this one.
    after_id: int | None = None

    @property
    def end(self) -> int:
        """How many tickets to find to have the last one that is wanted."""
        return self.offset + self.limit

    def cut(self, ids: Sequence[int]) -> list[int]:
        """Return the wanted part of the matches from the start."""
        return list(ids[self.offset : self.end])

    def candidates(self, count: int) -> Select[tuple[int]]:
        """Select the ids of the newest ``count`` tickets that may match, whatever their words."""
        ticket_id = current_tickets.models.Ticket.id
        query = select(ticket_id).where(*self.conditions).order_by(ticket_id.desc()).limit(count)
        return query if self.after_id is None else query.where(ticket_id < self.after_id)


class FirstMatches(NamedTuple):
    """As many matches as were wanted, or all there are, newest first."""

    ids: list[int]
    #: Whether these are the newest ones; otherwise any of very many were taken, to count them.
    are_newest: bool


class SearchIndex(Protocol):
    """An index of words; each kind of database has its own."""

    def add(self, rows: Sequence[tuple[int, Collection[str]]]) -> None:
        """Add words to tickets, in the running transaction."""

    def find(self, wanted: SearchQuery) -> list[int]:
        """Return the ids of the wanted tickets."""

    def find_first(self, wanted: SearchQuery) -> FirstMatches:
        """Return what `find` does, or as many other matches if that costs much less."""
        return FirstMatches(self.find(wanted), are_newest=True)

    def holds(self, ticket_id: int, word: str) -> bool:
        """Whether a ticket has a word."""

    def clear(self) -> None:
        """Remove all words."""


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
        near = wanted.candidates(_NEAR).subquery()
        has_all = self._has_all(wanted.words, near.c.id).label("has_all")
        rows = run(select(near.c.id, has_all).order_by(near.c.id.desc())).all()
        return [row.id for row in rows if row.has_all], len(rows) < _NEAR

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
