"""The interface of a search index, and the capabilities of each one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from sqlalchemy import ColumnElement, Select, select

from ...current import current_tickets


@dataclass(frozen=True)
class SearchQuery:
    """A search: the words, the filters and the place to start from, newest first."""

    #: All of them must be in the ticket; never empty.
    words: Sequence[str]
    #: On the ticket's own columns.
    conditions: Sequence[ColumnElement[bool]]
    limit: int
    offset: int = 0
    #: Only older ones than this ticket.
    after_id: int | None = None

    @property
    def end(self) -> int:
        """How many tickets must be found before the last one that is wanted is among them."""
        return self.offset + self.limit

    def cut(self, ids: Sequence[int]) -> list[int]:
        """Return the part that is wanted of all that were found from the start."""
        return list(ids[self.offset : self.end])

    def candidates(self, count: int) -> Select[tuple[int]]:
        """Select the ids of the newest ``count`` tickets that it wants, whatever their words."""
        ticket_id = current_tickets.models.Ticket.id
        query = select(ticket_id).where(*self.conditions).order_by(ticket_id.desc()).limit(count)
        return query if self.after_id is None else query.where(ticket_id < self.after_id)


class FirstMatches(NamedTuple):
    """As many matches as were wanted, or all there are, newest first."""

    ids: list[int]
    #: Whether no match is newer than these; otherwise any of very many were taken, to count them.
    are_newest: bool


class SearchIndex(Protocol):
    """An index of words; each kind of database has one that derives from this."""

    def add(self, rows: Sequence[tuple[int, Collection[str]]]) -> None:
        """Add words to tickets, in the running transaction."""

    def find(self, wanted: SearchQuery) -> list[int]:
        """Return the ids of the tickets that are wanted."""

    def find_first(self, wanted: SearchQuery) -> FirstMatches:
        """Return what `find` does, or as many other matches where that costs much less."""
        return FirstMatches(self.find(wanted), are_newest=True)

    def holds(self, ticket_id: int, word: str) -> bool:
        """Whether a ticket has a word."""

    def clear(self) -> None:
        """Forget all words."""
