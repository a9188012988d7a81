"""The index of words on SQLite: FTS5, which hands out matches one by one, newest first."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Table, exists, insert, literal, select
from sqlalchemy.sql.expression import func

from ...current import current_tickets
from .wanted import Wanted, execute

#: When there are no more tickets to choose from, each is looked up in the index.
_FEW = 500


class SqliteIndex:
    """Words in an FTS5 table without content: its rowid is the id of a ticket.

    A row for a rowid that is there already adds to it: FTS5 merges the lists of a word by rowid.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._row = table.c.rowid
        self._any_column = table.c[table.name]

    def add(self, rows: Sequence[tuple[int, Collection[str]]]) -> None:
        values = [{"rowid": ticket_id, "words": " ".join(words)} for ticket_id, words in rows]
        execute(insert(self._table), values)

    def find(self, wanted: Wanted) -> list[int]:
        if wanted.conditions:
            found = self._find_among_few(wanted)
            if found is not None:
                return found
        model = current_tickets.models.Ticket
        query = select(self._row).where(self._match(wanted.words))
        if wanted.after_id is not None:
            query = query.where(self._row < wanted.after_id)
        # EXISTS, not a join: it leaves the order of the loops as it must be.
        query = query.where(exists().where(model.id == self._row, *wanted.conditions))
        query = query.order_by(self._row.desc()).limit(wanted.limit).offset(wanted.offset)
        return list(execute(query).scalars())

    def _find_among_few(self, wanted: Wanted) -> list[int] | None:
        """Return what is found among the tickets to choose from; None when they are many."""
        few = wanted.candidates(_FEW + 1).subquery()
        if execute(select(func.count()).select_from(few)).scalar() > _FEW:
            return None
        is_match = exists().where(self._match(wanted.words), self._row == few.c.id)
        query = select(few.c.id).where(is_match).order_by(few.c.id.desc())
        return list(execute(query.limit(wanted.limit).offset(wanted.offset)).scalars())

    def holds(self, ticket_id: int, word: str) -> bool:
        query = select(exists().where(self._match([word]), self._row == ticket_id))
        return bool(execute(query).scalar())

    def clear(self) -> None:
        execute(insert(self._table), {self._table.name: "delete-all"})

    def _match(self, words: Sequence[str]) -> ColumnElement[bool]:
        query = " AND ".join(f'"{word}"' for word in words)
        return self._any_column.op("MATCH", is_comparison=True)(literal(query))
