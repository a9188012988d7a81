"""The condition behind ``search``: every word, without case, wherever it stands (rule S1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from ..current import current_tickets
from ..models.user_key import parse_id

SEARCH_MAX = 200
COUNT_MAX = 1_000
_ESCAPE = "\\"


def find_matches(
    search: str,
    conditions: Sequence[ColumnElement[bool]],
    *,
    limit: int,
    offset: int = 0,
    after_id: int | None = None,
) -> list[int]:
    model = current_tickets.models.Ticket
    query = select(model.id).where(*conditions, matches(search))
    if after_id is not None:
        query = query.where(model.id < after_id)
    query = query.order_by(model.id.desc()).limit(limit).offset(offset)
    return list(current_tickets.session.scalars(query))


def count_matches(search: str, conditions: Sequence[ColumnElement[bool]]) -> int:
    found: Any = find_matches(search, conditions, limit=COUNT_MAX + 1)
    return len(found)


def matches(search: str) -> ColumnElement[bool]:
    """Return the condition for a search text; ``#42`` or ``42`` also finds that id (rule S1)."""
    model = current_tickets.models.Ticket
    condition = and_(*(_word_occurs(word) for word in search.split()))
    ticket_id = parse_id(search.removeprefix("#"))
    return condition if ticket_id is None else or_(model.id == ticket_id, condition)


def _word_occurs(word: str) -> ColumnElement[bool]:
    models = current_tickets.models
    ticket, comment = models.Ticket, models.TicketComment
    columns = (ticket.subject, ticket.description)
    in_comments = exists().where(comment.ticket_id == ticket.id, _contains(comment.text, word))
    return or_(*(_contains(column, word) for column in columns), in_comments)


def _contains(column: ColumnElement[str], word: str) -> ColumnElement[bool]:
    # SQLite folds ASCII letters only, so a word with others is tried in each of its cases.
    cases = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
    return or_(*(column.ilike(f"%{_escape(case)}%", escape=_ESCAPE) for case in sorted(cases)))


def _escape(word: str) -> str:
    for character in (_ESCAPE, "%", "_"):
        word = word.replace(character, _ESCAPE + character)
    return word
