"""Search without an index by scanning all text, newest tickets first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Select, cast, exists, func, or_, select, true

from ...current import current_tickets
from ..database import dialect_name, rows_of, run
from .index import SearchQuery
from .tokenizer import MARKER, tokenize

_BATCH = 200


def scan(query: SearchQuery) -> list[int]:
    """Return the ids of the matches, newest first."""
    tokens = set(query.tokens)
    matches = (ticket_id for ticket_id, texts in _candidates(query) if tokens <= tokenize(*texts))
    return list(islice(matches, query.offset, query.end))


def read_texts(tickets: Select[Any]) -> list[tuple[int, list[str]]]:
    """Return the id of each of ``tickets`` with its text, including comments."""
    ticket, comment = current_tickets.models.Ticket, current_tickets.models.TicketComment
    query = tickets.with_only_columns(ticket.id, ticket.subject, ticket.description)
    found = {row.id: [row.subject, row.description] for row in run(query)}
    comments = select(comment.ticket_id, comment.text).where(comment.ticket_id.in_(found))
    for ticket_id, text in rows_of(comments):
        found[ticket_id].append(text)
    return list(found.items())


def _candidates(query: SearchQuery) -> Iterator[tuple[int, list[str]]]:
    """Yield the id and the text of each ticket that may have the tokens."""
    may_have = [_may_have(token) for token in query.tokens]
    while True:
        batch = read_texts(query.candidates(_BATCH).where(*may_have))
        yield from batch
        if len(batch) < _BATCH:
            return
        query = replace(query, after_id=batch[-1][0])


def _may_have(token: str) -> ColumnElement[bool]:
    ticket, comment = current_tickets.models.Ticket, current_tickets.models.TicketComment
    in_comments = exists().where(comment.ticket_id == ticket.id, _may_contain(comment.text, token))
    in_ticket = (_may_contain(column, token) for column in (ticket.subject, ticket.description))
    return or_(*in_ticket, in_comments)


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
    if token.startswith(MARKER):  # the hash of a long word
        return true()
    # The "C" collation is needed because in some locales, "I" is not the uppercase form of "i".
    compared = column.collate("C") if dialect_name() == "postgresql" else column
    return or_(compared.ilike(f"%{token}%"), is_not_ascii)
