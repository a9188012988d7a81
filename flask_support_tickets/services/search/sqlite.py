"""The search index on SQLite, which uses FTS5 and returns matches newest first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, delete, exists, func, insert, literal, select

from ...current import current_tickets
from ..database import connection_of_tickets, run
from .index import SearchIndex, SearchQuery
from .scan import scan
from .tokenizer import MARKER, Term

#: If up to this many tickets meet the conditions, their texts are read. Looking each of them up in
#: the index would find all words with a prefix each time.
_FEW = 200
#: The number of newest matches to test against the conditions first.
_NEAR = 5_000


class SqliteIndex(SearchIndex):
    """A contentless FTS5 table whose rowid is the ticket's id.

    Inserting an existing rowid adds tokens to that ticket. Only known tokens can be removed, so a
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
        for table in self._tables_to_write():
            run(insert(table), values)

    def update(self, ticket_id: int, tokens: Collection[str], removed: Collection[str]) -> None:
        # FTS5 must not delete more than was inserted, even if a rebuild has not reached the ticket.
        self.add([(ticket_id, {*tokens, *removed})])
        for table in self._tables_to_write():
            values = {table.name: "delete", "rowid": ticket_id, "words": " ".join(removed)}
            run(insert(table), values)

    def _tables_to_write(self) -> list[Table]:
        # This transaction has the write lock, so no rebuild can start or finish in the meantime.
        is_rebuilding = self._table is not self._tables.rebuilt and self._is_rebuilding()
        return [self._table, self._tables.rebuilt] if is_rebuilding else [self._table]

    def find(self, query: SearchQuery) -> list[int]:
        matches = select(self._row).where(self._match(query.terms)).order_by(self._row.desc())
        if query.after_id is not None:
            matches = matches.where(self._row < query.after_id)
        if not query.conditions:
            return _ids(query, matches.where(self._is_not_deleted()))
        few = query.candidates(_FEW + 1).subquery()
        if _count(few) <= _FEW:
            return scan(query)
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
        run(delete(deleted).where(deleted.c.id < 0))  # deletes nothing, but acquires the write lock
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
        words = ([f'"{token}"' + " *" * term.is_prefix for token in term.tokens] for term in terms)
        query = " AND ".join(f"({' OR '.join(each)})" for each in words)
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
