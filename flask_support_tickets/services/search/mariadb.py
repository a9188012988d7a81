"""The search index on MariaDB and MySQL, which uses FULLTEXT."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from hashlib import sha256

from sqlalchemy import ColumnElement, SelectBase, delete, func, insert, intersect, literal, select

from ..database import run
from .index import CandidateWalkIndex

#: Prefixes for tokens, so that no token is a stop word or too short.
_PREFIX, _PREFIX_OF_HEX = "zzw", "zzx"


class MariadbIndex(CandidateWalkIndex):
    """An index that always inserts a new row, because FULLTEXT is slow to update existing rows."""

    def add(self, rows: Sequence[tuple[int, Collection[str]]]) -> None:
        values = [
            {"ticket_id": ticket_id, "words": f" {' '.join(map(_encoded, tokens))} "}
            for ticket_id, tokens in rows
        ]
        run(insert(self._table), values)

    def clear(self) -> None:
        run(delete(self._table))

    def _has(self, token: str) -> ColumnElement[bool]:
        return func.max(func.instr(self._table.c.words, f" {_encoded(token)} ") > 0)

    def _matches(self, tokens: Sequence[str]) -> SelectBase:
        c = self._table.c
        # In this dialect, match() uses boolean mode.
        selects = [
            select(c.ticket_id).where(c.words.match(literal(f"+{_encoded(token)}"))).distinct()
            for token in tokens
        ]
        return intersect(*selects) if len(selects) > 1 else selects[0]


def _encoded(token: str) -> str:
    """Return a token in ASCII. FULLTEXT ignores words longer than 84 characters."""
    if token.isascii():
        return _PREFIX + token
    encoded = token.encode().hex()
    return _PREFIX_OF_HEX + (encoded if len(encoded) <= 80 else sha256(token.encode()).hexdigest())
