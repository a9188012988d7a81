"""The search index on SQLite: FTS5, which returns matches newest first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, delete, exists, func, insert, literal, select

from ...current import current_tickets
from ..database import connection_of_tickets, run
from .index import SearchIndex, SearchQuery

#: If no more tickets meet the conditions, each is looked up in the index.
_FEW = 50
#: How many matches are tested against the conditions before the conditions are read first.
_NEAR = 5_000


class SqliteIndex(SearchIndex):
    """Words in an FTS5 table without content: its rowid is the id of a ticket.

    A row for a rowid that is there already adds to it: FTS5 merges the lists of a word by rowid.
    Tickets that are deleted stay in it.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._row = table.c.rowid
        self._any_column = table.c[table.name]
        words = current_tickets.models.words
        self._gone = words.deleted if words.has_trigger(connection_of_tickets()) else None

    def add(self, rows: Sequence[tuple[int, Collection[str]]]) -> None:
        values = [{"rowid": ticket_id, "words": " ".join(words)} for ticket_id, words in rows]
        run(insert(self._table), values)

    def find(self, wanted: SearchQuery) -> list[int]:
        hits = select(self._row).where(self._match(wanted.words)).order_by(self._row.desc())
        if wanted.after_id is not None:
            hits = hits.where(self._row < wanted.after_id)
        if not wanted.conditions:
            return _ids(wanted, hits.where(self._is_there()))
        few = wanted.candidates(_FEW + 1).subquery()
        if _count(few) <= _FEW:
            is_match = exists().where(self._match(wanted.words), self._row == few.c.id)
            return _ids(wanted, select(few.c.id).where(is_match))
        near = hits.limit(_NEAR).subquery()
        ticket_id = current_tickets.models.Ticket.id
        # EXISTS, not a join: it keeps the order of the loops.
        is_meant = exists().where(ticket_id == near.c.rowid, *wanted.conditions)
        found = _ids(wanted, select(near.c.rowid).where(is_meant))
        if len(found) == wanted.limit or _count(near) < _NEAR:
            return found
        meant = select(ticket_id).where(*wanted.conditions)
        # Without the 0, SQLite looks each of them up in the index, which is slower.
        return _ids(wanted, hits.where((self._row + 0).in_(meant)))

    def holds(self, ticket_id: int, word: str) -> bool:
        query = select(exists().where(self._match([word]), self._row == ticket_id))
        return bool(run(query).scalar())

    def clear(self) -> None:
        run(insert(self._table), {self._table.name: "delete-all"})
        words = current_tickets.models.words
        words.record_deletions(connection_of_tickets())
        run(delete(words.deleted))

    def _match(self, words: Sequence[str]) -> ColumnElement[bool]:
        query = " AND ".join(f'"{word}"' for word in words)
        return self._any_column.op("MATCH", is_comparison=True)(literal(query))

    def _is_there(self) -> ColumnElement[bool]:
        """Build: the matched ticket was not deleted."""
        if self._gone is not None:
            return self._row.not_in(select(self._gone.c.id))
        return exists().where(current_tickets.models.Ticket.id == self._row)


def _ids(wanted: SearchQuery, query: Select[Any]) -> list[int]:
    newest_first = query.order_by(None).order_by(query.selected_columns[0].desc())
    return list(run(newest_first.limit(wanted.limit).offset(wanted.offset)).scalars())


def _count(rows: Any) -> int:
    return int(run(select(func.count()).select_from(rows)).scalar_one())
