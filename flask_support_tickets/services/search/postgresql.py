"""The search index on PostgreSQL: a tsvector for each ticket, with GIN."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Insert,
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

from ..database import column_of, quoted_name_of, run
from .candidate_walk import CandidateWalkIndex
from .index import FirstMatches, SearchQuery

#: A row with so many words does not grow any more; a tsvector ends at 1 MB, words at 64 bytes.
_FULL = 5_000
#: The matches of common words are looked for among so many tickets for each that is wanted.
_STEPS = (200, 5_000)
#: Written out, not bound: the planner must see which of the two indexes it can use.
_IS_WHOLE: ColumnElement[bool] = literal_column("part = 0")
_IS_PART: ColumnElement[bool] = literal_column("part > 0")


class PostgresqlIndex(CandidateWalkIndex):
    """One row a ticket, which grows with its comments, and further rows for very many words."""

    def add(self, rows: Sequence[tuple[int, Collection[str]]]) -> None:
        values = [
            {"ticket": ticket_id, "new": words}
            for ticket_id, all_words in rows
            for words in _slices(sorted(all_words))
        ]
        if run(self._extending, values).rowcount == len(values):
            return
        for value in values:
            if run(self._extending, value).rowcount == 0:
                self._add_part(value)

    @cached_property
    def _extending(self) -> Insert:
        table = self._table
        statement = insert(table).values(ticket_id=bindparam("ticket"), part=0, words=_new_words())
        return statement.on_conflict_do_update(
            index_elements=[table.c.ticket_id, table.c.part],
            set_={"words": table.c.words.op("||")(statement.excluded.words)},
            where=func.length(table.c.words).between(1, _FULL - 1),
        ).execution_options(preserve_rowcount=True)

    def _add_part(self, value: Any) -> None:
        """Empty the ticket's full row into its first part, unless that is done, and add another."""
        table = self._table
        columns = [table.c.ticket_id, table.c.part, table.c.words]
        is_ticket = table.c.ticket_id == value["ticket"]
        is_full = is_ticket & (table.c.part == 0) & (func.length(table.c.words) > 0)
        first = select(table.c.ticket_id, literal(1), table.c.words).where(is_full)
        run(insert(table).from_select(columns, first))
        run(update(table).where(is_full).values(words=cast("", TSVECTOR)))
        words = _new_words()
        another = select(literal(value["ticket"]), func.max(table.c.part) + 1, words).where(
            is_ticket
        )
        run(insert(table).from_select(columns, another), {"new": value["new"]})

    def find(self, wanted: SearchQuery) -> list[int]:
        """Ask for ever more of the newest ids: the two indexes, of words and ids, are combined.

        Conditions on tickets are in neither, so that with them the tickets are walked.
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
        """Take any: the newest of very many matches are not known before all were read."""
        if wanted.conditions:
            return super().find_first(wanted)
        hits = self._hits(wanted.words).subquery()
        ids = column_of(select(hits.c.ticket_id).limit(wanted.limit))
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


def _new_words() -> ColumnElement[Any]:
    return func.array_to_tsvector(cast(bindparam("new"), ARRAY(Text)))


def _slices(words: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(words), _FULL):
        yield words[start : start + _FULL]
