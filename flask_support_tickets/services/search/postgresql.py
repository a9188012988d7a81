"""The search index on PostgreSQL, which uses tsvectors and GIN indexes."""

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
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, TSVECTOR, insert

from ..database import run
from .index import CandidateWalkIndex, FirstMatches, SearchQuery
from .tokenizer import Term

#: The number of tokens in a full row. A tsvector is limited to 1 MB, and a token to 800 bytes.
_FULL = 600
#: The numbers of tickets to search per requested match, newest first, before searching all.
_STEPS = (200, 5_000)
#: Literals rather than parameters, so that the planner can choose one of the two indexes.
_IS_WHOLE: ColumnElement[bool] = literal_column("part = 0")
_IS_PART: ColumnElement[bool] = literal_column("part > 0")
_NEW: ColumnElement[Any] = func.array_to_tsvector(cast(bindparam("new"), ARRAY(Text)))


class PostgresqlIndex(CandidateWalkIndex):
    """An index with one row per ticket, or several rows if a ticket has too many tokens."""

    def add(self, rows: Sequence[tuple[int, Collection[str]]]) -> None:
        values = [
            {"ticket": ticket_id, "new": tokens[start : start + _FULL]}
            for ticket_id, tokens in ((ticket_id, sorted(tokens)) for ticket_id, tokens in rows)
            for start in range(0, len(tokens), _FULL)
        ]
        upsert = self._upsert()
        if run(upsert, values).rowcount == len(values):
            return
        for value in values:
            if run(upsert, value).rowcount == 0:
                self._add_part(value)

    def _upsert(self) -> Executable:
        c = self._table.c
        statement = insert(self._table).values(ticket_id=bindparam("ticket"), part=0, words=_NEW)
        return statement.on_conflict_do_update(
            index_elements=[c.ticket_id, c.part],
            set_={"words": c.words.op("||")(statement.excluded.words)},
            where=func.length(c.words).between(1, _FULL - 1),
        ).execution_options(preserve_rowcount=True)

    def _add_part(self, value: Any) -> None:
        """Add a part to a ticket, after moving the tokens in a full part 0 to part 1."""
        table, c = self._table, self._table.c
        is_ticket = c.ticket_id == value["ticket"]
        is_full = is_ticket & (c.part == 0) & (func.length(c.words) > 0)
        first = select(c.ticket_id, literal(1), c.words).where(is_full)
        run(insert(table).from_select([c.ticket_id, c.part, c.words], first))
        run(update(table).where(is_full).values(words=cast("", TSVECTOR)))
        another = select(literal(value["ticket"]), func.max(c.part) + 1, _NEW).where(is_ticket)
        added = insert(table).from_select([c.ticket_id, c.part, c.words], another)
        run(added, {"new": value["new"]})

    def find(self, query: SearchQuery) -> list[int]:
        """Search the newest tickets before older ones, combining the indexes on tokens and ids.

        If there are conditions, tickets are tested one by one, because neither index covers them.
        """
        if query.conditions:
            return super().find(query)
        newest = query.after_id or run(select(func.max(self._table.c.ticket_id))).scalar() or 0
        for step in _STEPS:
            after = newest - step * query.end
            if after > 0:
                matches = self._matches(query.terms, after).subquery()
                ids = self._newest(query, matches.c.ticket_id)
                if len(ids) == query.limit:
                    return ids
        return self._find_by_index(query)

    def find_first(self, query: SearchQuery) -> FirstMatches:
        """Return any matches, because finding the newest ones would require reading all of them."""
        if query.conditions:
            return super().find_first(query)
        matches = self._matches(query.terms).subquery()
        ids = run(select(matches.c.ticket_id).limit(query.limit)).scalars().all()
        return FirstMatches(sorted(ids, reverse=True), are_newest=len(ids) < query.limit)

    def _has(self, term: Term) -> ColumnElement[bool]:
        return func.bool_or(self._has_in_row(term))

    def _matches(self, terms: Sequence[Term], after: int = 0) -> CompoundSelect[Any]:
        column = self._table.c.ticket_id
        query = select(column)
        if after:  # inlined like the tokens: a generic plan would read all matches
            query = query.where(column > bindparam(None, after, BigInteger, literal_execute=True))
        whole = query.where(_IS_WHOLE, self._has_in_row(*terms))
        parts = [query.where(_IS_PART, self._has_in_row(term)) for term in terms]
        return union_all(whole, intersect(*parts) if len(parts) > 1 else parts[0].distinct())

    def _has_in_row(self, *terms: Term) -> ColumnElement[bool]:
        words = ([f"'{token}'{':*' * term.is_prefix}" for token in term.tokens] for term in terms)
        query = " & ".join(f"({' | '.join(each)})" for each in words)
        # Inlined, because a generic plan is slow for common words.
        literal_query = bindparam(None, query, Text, literal_execute=True)
        return self._table.c.words.op("@@", is_comparison=True)(cast(literal_query, TSQUERY))
