"""Search queries, and the interface for the search indexes that run them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, SelectBase, Table, and_, delete, select

from ...current import current_tickets
from ..database import materialized, run
from .tokenizer import MARKER, Term

#: The number of newest tickets to test first, to estimate how common the tokens are.
_NEAR = 200
#: The minimum number of matches among these tickets for an estimate.
_MATCHES_MIN = 3
#: The maximum number of tickets to test.
_FAR = 100_000


@dataclass(frozen=True)
class SearchQuery:
    """A query for a page of matching tickets, newest first."""

    #: A ticket must match all of these words. Never empty.
    terms: Sequence[Term]
    #: Conditions on the ticket's own columns.
    conditions: Sequence[ColumnElement[bool]]
    limit: int
    offset: int = 0
    #: The cursor: only older tickets match.
    after_id: int | None = None

    @property
    def end(self) -> int:
        """The number of matches up to the end of the page."""
        return self.offset + self.limit

    def candidates(self, count: int) -> Select[tuple[int]]:
        """Build a query for the newest ``count`` tickets that may match, whatever their words."""
        ticket_id = current_tickets.models.Ticket.id
        query = select(ticket_id).where(*self.conditions).order_by(ticket_id.desc()).limit(count)
        return query if self.after_id is None else query.where(ticket_id < self.after_id)


class FirstMatches(NamedTuple):
    """The ids of up to ``limit`` matches, newest first."""

    ids: list[int]
    #: Whether these are the newest matches. If there are very many, any of them may be returned.
    are_newest: bool


class SearchIndex(ABC):
    """The search index for one kind of database."""

    def __init__(self, table: Table) -> None:
        self._table = table

    @abstractmethod
    def add(self, rows: Sequence[tuple[int, Collection[str]]]) -> None:
        """Add each ticket's tokens to the index in the running transaction."""

    @abstractmethod
    def update(self, ticket_id: int, tokens: Collection[str], removed: Collection[str]) -> None:
        """Change a ticket's tokens to ``tokens``, which lack those in ``removed``."""

    @abstractmethod
    def find(self, query: SearchQuery) -> list[int]:
        """Return the ids of the matches, newest first."""

    def find_first(self, query: SearchQuery) -> FirstMatches:
        """Return what `find` returns, or as many other matches if that is much faster."""
        return FirstMatches(self.find(query), are_newest=True)

    @abstractmethod
    def has(self, ticket_id: int, term: Term) -> bool:
        """Return whether a ticket matches a word."""

    @abstractmethod
    def start_rebuild(self) -> SearchIndex:
        """Return the index to fill with `replace`. Searches use this index in the meantime."""

    @abstractmethod
    def replace(self, rows: Sequence[tuple[int, Collection[str]]]) -> None:
        """Replace each ticket's tokens in an index from `start_rebuild`."""

    def finish_rebuild(self) -> list[int]:
        """Use the new index from now on, or return the ids of some tickets that it lacks."""
        return []


class CandidateWalkIndex(SearchIndex):
    """An index that returns all matches for a word at once, which is slow for common words.

    Therefore, the newest tickets are tested first, and the index is queried only if too few match.
    """

    @abstractmethod
    def _has(self, term: Term) -> ColumnElement[bool]:
        """Build the aggregate condition that any of a ticket's rows matches the word."""

    @abstractmethod
    def _matches(self, terms: Sequence[Term]) -> SelectBase:
        """Build a query for the ``ticket_id`` of each ticket that matches all the words."""

    def find(self, query: SearchQuery) -> list[int]:
        near = query.candidates(_NEAR).subquery()
        has_all = self._has_all(query.terms, near.c.id).label("has_all")
        rows = run(select(near.c.id, has_all).order_by(near.c.id.desc())).all()
        found = [row.id for row in rows if row.has_all]
        count = 2 * _NEAR * query.end // max(len(found), 1)
        is_all = len(rows) < _NEAR or len(found) >= query.end
        if not is_all and len(found) >= _MATCHES_MIN and count <= _FAR:
            found = self._test(query, count)
            is_all = len(found) == query.end
        return found[query.offset : query.end] if is_all else self._find_by_index(query)

    def start_rebuild(self) -> SearchIndex:
        return self

    def replace(self, rows: Sequence[tuple[int, Collection[str]]]) -> None:
        ids = [ticket_id for ticket_id, _ in rows]
        run(delete(self._table).where(self._table.c.ticket_id.in_(ids)))
        self.add(rows)

    def update(self, ticket_id: int, tokens: Collection[str], removed: Collection[str]) -> None:
        marker = {MARKER} if self.has(ticket_id, Term(MARKER)) else set()
        self.replace([(ticket_id, {*tokens, *marker})])

    def has(self, ticket_id: int, term: Term) -> bool:
        return bool(run(select(self._has_all([term], ticket_id))).scalar())

    def _test(self, query: SearchQuery, count: int) -> list[int]:
        """Return the matches among the newest ``count`` tickets, up to the end of the page."""
        far = materialized(query.candidates(count), "far")
        matches = select(far.c.id).where(self._has_all(query.terms, far.c.id))
        return list(run(matches.order_by(far.c.id.desc()).limit(query.end)).scalars())

    def _find_by_index(self, query: SearchQuery) -> list[int]:
        ids = materialized(self._matches(query.terms), "matches").c.ticket_id
        if query.conditions:  # otherwise, a foreign key guarantees that the tickets exist
            ticket_id = current_tickets.models.Ticket.id
            joined = select(ticket_id).join(ids.table, ids == ticket_id)
            ids = materialized(joined.where(*query.conditions), "visible").c.id
        return self._newest(query, ids)

    def _newest(self, query: SearchQuery, ids: Any) -> list[int]:
        newest = select(ids).order_by(ids.desc()).limit(query.limit).offset(query.offset)
        if query.after_id is not None:
            newest = newest.where(ids < query.after_id)
        return list(run(newest).scalars())

    def _has_all(self, terms: Sequence[Term], ticket_id: Any) -> ColumnElement[bool]:
        # A scalar subquery runs for each row; EXISTS may become a join with the whole table.
        has_all = and_(*(self._has(term) for term in terms))
        return select(has_all).where(self._table.c.ticket_id == ticket_id).scalar_subquery()
