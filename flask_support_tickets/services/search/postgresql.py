"""The search index on PostgreSQL: a tsvector for each ticket, with GIN."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Executable,
    Text,
    bindparam,
    cast,
    func,
    intersect,
    literal,
    literal_column,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, TSVECTOR, insert

from ..database import quoted_name_of, run
from .index import CandidateWalkIndex, FirstMatches, SearchQuery

#: The words at which a row is full; a tsvector takes 1 MB, and words have up to 64 bytes.
_FULL = 5_000
#: How many of the newest tickets are searched for each that is wanted; then all are.
_STEPS = (200, 5_000)
#: Written out, not bound: the planner must see which of the two indexes it can use.
_IS_WHOLE: ColumnElement[bool] = literal_column("part = 0")
_IS_PART: ColumnElement[bool] = literal_column("part > 0")

_NEW: ColumnElement[Any] = func.array_to_tsvector(cast(bindparam("new"), ARRAY(Text)))


class PostgresqlIndex(CandidateWalkIndex):
    """One row a ticket, which grows with its comments, and further rows for very many words."""

    def add(self, rows: Sequence[tuple[int, Collection[str]]]) -> None:
        values = [
            {"ticket": ticket_id, "new": words[start : start + _FULL]}
            for ticket_id, words in ((ticket_id, sorted(words)) for ticket_id, words in rows)
            for start in range(0, len(words), _FULL)
        ]
        extend = self._build_extend()
        if run(extend, values).rowcount == len(values):
            return
        for value in values:
            if run(extend, value).rowcount == 0:
                self._add_part(value)

    def _build_extend(self) -> Executable:
        c = self._table.c
        statement = insert(self._table).values(ticket_id=bindparam("ticket"), part=0, words=_NEW)
        return statement.on_conflict_do_update(
            index_elements=[c.ticket_id, c.part],
            set_={"words": c.words.op("||")(statement.excluded.words)},
            where=func.length(c.words).between(1, _FULL - 1),
        ).execution_options(preserve_rowcount=True)

    def _add_part(self, value: Any) -> None:
        """Move the words of a full row to a first part, unless that is done, and add another."""
        table, c = self._table, self._table.c
        is_ticket = c.ticket_id == value["ticket"]
        is_full = is_ticket & (c.part == 0) & (func.length(c.words) > 0)
        first = select(c.ticket_id, literal(1), c.words).where(is_full)
        run(insert(table).from_select([c.ticket_id, c.part, c.words], first))
        run(update(table).where(is_full).values(words=cast("", TSVECTOR)))
        another = select(literal(value["ticket"]), func.max(c.part) + 1, _NEW).where(is_ticket)
        run(
            insert(table).from_select([c.ticket_id, c.part, c.words], another),
            {"new": value["new"]},
        )

    def find(self, wanted: SearchQuery) -> list[int]:
        """Search more and more of the newest ids, by the indexes of words and ids combined.

        Conditions on tickets are in neither index; with them, the tickets are walked.
        """
        if wanted.conditions:
            return super().find(wanted)
        newest = wanted.after_id or run(select(func.max(self._table.c.ticket_id))).scalar() or 0
        for step in _STEPS:
            after = newest - step * wanted.end
            if after > 0:
                hits = self._hits(wanted.words, after).subquery()
                ids = self._newest(wanted, hits.c.ticket_id)
                if len(ids) == wanted.limit:
                    return ids
        return self._ask_index(wanted)

    def find_first(self, wanted: SearchQuery) -> FirstMatches:
        """Return any: the newest of very many matches are known only after all were read."""
        if wanted.conditions:
            return super().find_first(wanted)
        hits = self._hits(wanted.words).subquery()
        ids = run(select(hits.c.ticket_id).limit(wanted.limit)).scalars().all()
        return FirstMatches(sorted(ids, reverse=True), are_newest=len(ids) < wanted.limit)

    def clear(self) -> None:
        run(text(f"TRUNCATE {quoted_name_of(self._table)}"))

    def _has(self, word: str) -> ColumnElement[bool]:
        return func.bool_or(self._matches(word))

    def _hits(self, words: Sequence[str], after: int = 0) -> CompoundSelect[Any]:
        """With ``after``, only of tickets with a greater id."""
        column = self._table.c.ticket_id
        query = select(column)
        if after:  # written out, as the words are: a plan for any range reads all matches
            query = query.where(column > bindparam(None, after, BigInteger, literal_execute=True))
        whole = query.where(_IS_WHOLE, self._matches(*words))
        parts = [query.where(_IS_PART, self._matches(word)) for word in words]
        return union_all(whole, intersect(*parts) if len(parts) > 1 else parts[0].distinct())

    def _matches(self, *words: str) -> ColumnElement[bool]:
        query = " & ".join(f"'{word}'" for word in words)
        # Written into the statement: a plan for any words is a bad one for common words.
        spelled = bindparam(None, query, Text, literal_execute=True)
        return self._table.c.words.op("@@", is_comparison=True)(cast(spelled, TSQUERY))
