"""The search index on MariaDB and MySQL: FULLTEXT with one row for each text."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, SelectBase, delete, func, insert, intersect, literal, select

from ..database import run
from .index import CandidateWalkIndex

#: Put before each word, so that none is a stop word or too short.
_PREFIX, _PREFIX_OF_HEX = "zzw", "zzx"


class MariadbIndex(CandidateWalkIndex):
    """Rows are only added: to change one costs FULLTEXT more than another row."""

    def add(self, rows: Sequence[tuple[int, Collection[str]]]) -> None:
        values = [
            {"ticket_id": ticket_id, "words": f" {' '.join(map(_encoded, words))} "}
            for ticket_id, words in rows
        ]
        run(insert(self._table), values)

    def clear(self) -> None:
        run(delete(self._table))

    def _has(self, word: str) -> ColumnElement[bool]:
        return func.max(func.instr(self._table.c.words, f" {_encoded(word)} ") > 0)

    def _hits(self, words: Sequence[str]) -> SelectBase:
        c = self._table.c
        # SQLAlchemy's match() is in boolean mode on this dialect.
        selects = [
            select(c.ticket_id).where(c.words.match(literal(f"+{_encoded(word)}"))).distinct()
            for word in words
        ]
        return intersect(*selects) if len(selects) > 1 else selects[0]


def _encoded(word: str) -> str:
    """Return a word in ASCII, of at most 84 characters, which is what FULLTEXT takes as one."""
    return _PREFIX + word if word.isascii() else _PREFIX_OF_HEX + word.encode().hex()
