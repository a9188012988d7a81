"""The search index on MariaDB and MySQL, which uses FULLTEXT."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, SelectBase, func, insert, intersect, literal, or_, select

from ..database import run
from .index import CandidateWalkIndex
from .tokenizer import Term

#: The prefix of encoded tokens, so that none is a stop word or too short.
_PREFIX = "zzw"
#: FULLTEXT ignores longer words, so their prefixes are also indexed.
_WORD_MAX = 80


class MariadbIndex(CandidateWalkIndex):
    """An index that always inserts a new row, because FULLTEXT is slow to update existing rows."""

    def add(self, rows: Sequence[tuple[int, Collection[str]]]) -> None:
        values = []
        for ticket_id, tokens in rows:
            words = {*map(_encoded, tokens)}
            words |= {word[:_WORD_MAX] for word in words}
            values.append({"ticket_id": ticket_id, "words": f" {' '.join(words)} "})
        run(insert(self._table), values)

    def _has(self, term: Term) -> ColumnElement[bool]:
        return func.max(self._has_in_row(term))

    def _has_in_row(self, term: Term) -> ColumnElement[bool]:
        words = (f" {_encoded(token)}{'' if term.is_prefix else ' '}" for token in term.tokens)
        return or_(*(func.instr(self._table.c.words, word) > 0 for word in words))

    def _matches(self, terms: Sequence[Term]) -> SelectBase:
        selects = [select(self._table.c.ticket_id).where(*self._is_match(term)) for term in terms]
        return intersect(*selects) if len(selects) > 1 else selects[0].distinct()

    def _is_match(self, term: Term) -> list[ColumnElement[bool]]:
        words = [_encoded(token) for token in term.tokens]
        # In this dialect, match() uses boolean mode.
        any_of = " ".join(f"{word[:_WORD_MAX]}{'*' * term.is_prefix}" for word in words)
        match: ColumnElement[bool] = self._table.c.words.match(literal(f"+({any_of})"))
        is_long = len(words[-1]) > _WORD_MAX
        return [match, self._has_in_row(term)] if is_long else [match]


def _encoded(token: str) -> str:
    """Encode a token in ASCII. The code of a prefix is a prefix of the code."""
    return _PREFIX + "".join(each if each.isascii() else f"_{ord(each):05x}" for each in token)
