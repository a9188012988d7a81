"""What a search asks for, and the interface of an index that answers it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from sqlalchemy import ColumnElement, Select, select

from ...current import current_tickets


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
