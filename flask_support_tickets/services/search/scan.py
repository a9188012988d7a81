"""Search without an index by scanning all text, newest tickets first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Select, cast, func, or_, select

from ...current import current_tickets
from ..database import dialect_name, rows_of, run
from .index import SearchQuery
from .tokenizer import tokenize

_BATCH = 200


def scan(query: SearchQuery) -> list[int]:
    """Return the ids of the matches, newest first."""
    matches = (
        ticket_id
        for ticket_id, tokens in _candidates(query)
        if all(term.is_in(tokens) for term in query.terms)
    )
    return list(islice(matches, query.offset, query.end))


def read_tokens(tickets: Select[Any]) -> list[tuple[int, set[str]]]:
    """Return the id of each of ``tickets`` with the tokens in all its texts."""
    ticket = current_tickets.models.Ticket
    query = tickets.with_only_columns(ticket.id, ticket.subject, ticket.description)
    found = {row.id: tokenize(row.subject, row.description) for row in run(query)}
    for other in _other_texts():
        rows = rows_of(other.where(other.selected_columns[0].in_(found)))
        for ticket_id, is_note, *texts in rows:
            found[ticket_id] |= tokenize(*filter(None, texts), is_note=bool(is_note))
    return list(found.items())


def _other_texts() -> Iterator[Select[Any]]:
    """Yield queries for ticket ids, whether the text is internal, and texts from other tables."""
    comment, file = current_tickets.models.TicketComment, current_tickets.models.TicketAttachment
    yield select(comment.ticket_id, comment.is_internal, comment.text)
    names = select(file.ticket_id, comment.is_internal, file.filename, file.url)
    yield names.outerjoin_from(file, comment, comment.id == file.comment_id)


def _candidates(query: SearchQuery) -> Iterator[tuple[int, set[str]]]:
    """Yield the id and the tokens of each ticket that may match."""
    may_match = [_may_match(term.token) for term in query.terms]
    while True:
        batch = read_tokens(query.candidates(_BATCH).where(*may_match))
        yield from batch
        if len(batch) < _BATCH:
            return
        query = replace(query, after_id=batch[-1][0])


def _may_match(token: str) -> ColumnElement[bool]:
    ticket = current_tickets.models.Ticket
    conditions = [_may_contain(each, token) for each in (ticket.subject, ticket.description)]
    for other in _other_texts():
        ticket_id, _, *texts = other.selected_columns
        may_contain = or_(*(_may_contain(each, token) for each in texts))
        conditions.append(other.where(ticket_id == ticket.id, may_contain).exists())
    return or_(*conditions)


def _may_contain(column: Any, token: str) -> ColumnElement[bool]:
    """Build the condition that ``column`` contains the token or any non-ASCII characters.

    Non-ASCII characters may spell the token differently.
    """
    if dialect_name() == "sqlite":
        is_not_ascii = func.length(cast(column, LargeBinary)) != func.length(column)
    else:
        is_not_ascii = func.octet_length(column) != func.char_length(column)
    if not token.isascii():
        return is_not_ascii
    # The "C" collation is needed because in some locales, "I" is not the uppercase form of "i".
    compared = column.collate("C") if dialect_name() == "postgresql" else column
    return or_(compared.ilike(f"%{token}%"), is_not_ascii)
