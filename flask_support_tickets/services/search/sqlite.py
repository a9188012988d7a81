"""The search index on SQLite, which uses FTS5 and returns matches newest first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, delete, exists, func, insert, literal, select

from ...current import current_tickets
from ..database import connection_of_tickets, run
from .index import SearchIndex, SearchQuery
from .tokenizer import MARKER, Term

#: If up to this many tickets meet the conditions, each is looked up in the index.
_FEW = 50
#: The number of newest matches to test against the conditions first.
_NEAR = 5_000


class SqliteIndex(SearchIndex):
    """A contentless FTS5 table whose rowid is the ticket's id.

    Inserting an existing rowid adds tokens to that ticket, and no tokens can be removed. So a
    rebuild fills a second table. Deleted tickets remain in the index.
    """

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._row = table.c.rowid
        self._any_column = table.c[table.name]
        self._tables = current_tickets.models.words
        has_trigger = self._tables.has_trigger(connection_of_tickets())
        self._deleted = self._tables.deleted if has_trigger else None

    def add(self, rows: Sequence[tuple[int, Collection[str]]]) -> None:
        values = [{"rowid": ticket_id, "words": " ".join(tokens)} for ticket_id, tokens in rows]
        run(insert(self._table), values)
        new = self._tables.rebuilt
        # This transaction has the write lock, so that no rebuild can start or finish meanwhile.
        if self._table is not new and self._is_rebuilding():
            run(insert(new), values)

    def find(self, query: SearchQuery) -> list[int]:
        matches = select(self._row).where(self._match(query.terms)).order_by(self._row.desc())
        if query.after_id is not None:
            matches = matches.where(self._row < query.after_id)
        if not query.conditions:
            return _ids(query, matches.where(self._is_not_deleted()))
        few = query.candidates(_FEW + 1).subquery()
        if _count(few) <= _FEW:
            is_match = exists().where(self._match(query.terms), self._row == few.c.id)
            return _ids(query, select(few.c.id).where(is_match))
        near = matches.limit(_NEAR).subquery()
        ticket_id = current_tickets.models.Ticket.id
        # EXISTS preserves the order of the loops; a join may not.
        is_visible = exists().where(ticket_id == near.c.rowid, *query.conditions)
        found = _ids(query, select(near.c.rowid).where(is_visible))
        if len(found) == query.limit or _count(near) < _NEAR:
            return found
        visible = select(ticket_id).where(*query.conditions)
        # Adding 0 keeps SQLite from looking up each ticket in the index, which is slower.
        return _ids(query, matches.where((self._row + 0).in_(visible)))

    def has(self, ticket_id: int, term: Term) -> bool:
        query = select(exists().where(self._match([term]), self._row == ticket_id))
        return bool(run(query).scalar())

    def start_rebuild(self) -> SearchIndex:
        self._tables.start_rebuild(connection_of_tickets())
        return SqliteIndex(self._tables.rebuilt)

    def replace(self, rows: Sequence[tuple[int, Collection[str]]]) -> None:
        if self._is_rebuilding():
            self.add(rows)

    def finish_rebuild(self) -> list[int]:
        deleted, new = self._tables.deleted, SqliteIndex(self._tables.rebuilt)
        run(delete(deleted).where(deleted.c.id < 0))  # none, but this acquires the write lock
        if not self._is_rebuilding():
            return []
        indexed = select(new._row).where(new._match([Term(MARKER)]))
        ticket_id = current_tickets.models.Ticket.id
        query = select(ticket_id).where(ticket_id.not_in(indexed)).limit(_FEW)
        missing = list(run(query).scalars())
        if not missing:
            run(delete(deleted).where(deleted.c.id.not_in(indexed)))
            self._tables.finish_rebuild(connection_of_tickets())
        return missing

    def _is_rebuilding(self) -> bool:
        """Return False if no rebuild was started, or if another process has finished it."""
        return self._tables.is_rebuilding(connection_of_tickets())

    def _match(self, terms: Sequence[Term]) -> ColumnElement[bool]:
        query = " AND ".join(f'"{term.token}"{" *" * term.is_prefix}' for term in terms)
        return self._any_column.op("MATCH", is_comparison=True)(literal(query))

    def _is_not_deleted(self) -> ColumnElement[bool]:
        if self._deleted is not None:
            return self._row.not_in(select(self._deleted.c.id))
        return exists().where(current_tickets.models.Ticket.id == self._row)


def _ids(query: SearchQuery, matches: Select[Any]) -> list[int]:
    newest_first = matches.order_by(None).order_by(matches.selected_columns[0].desc())
    return list(run(newest_first.limit(query.limit).offset(query.offset)).scalars())


def _count(rows: Any) -> int:
    return int(run(select(func.count()).select_from(rows)).scalar_one())
