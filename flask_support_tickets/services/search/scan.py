"""Search without an index by scanning all text, newest tickets first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Select, cast, exists, func, or_, select

from ...current import current_tickets
from ..database import dialect_name, rows_of, run
from .index import SearchQuery
from .tokenizer import Term, tokenize

_BATCH = 200


def scan(query: SearchQuery) -> list[int]:
    """Return the ids of the matches, newest first."""
    matches = (each for each, texts in _candidates(query) if _has_all(query.terms, texts))
    return list(islice(matches, query.offset, query.end))


def _has_all(terms: Sequence[Term], texts: Sequence[str]) -> bool:
    tokens = tokenize(*texts)
    return all(term.is_in(tokens) for term in terms)


def read_texts(tickets: Select[Any]) -> list[tuple[int, list[str]]]:
    """Return the id of each of ``tickets`` with its text, comments and names of attachments."""
    ticket = current_tickets.models.Ticket
    query = tickets.with_only_columns(ticket.id, ticket.subject, ticket.description)
    found = {row.id: [row.subject, row.description] for row in run(query)}
    for model, columns in _other_columns():
        others = select(model.ticket_id, *columns).where(model.ticket_id.in_(found))
        for ticket_id, *texts in rows_of(others):
            found[ticket_id] += filter(None, texts)
    return list(found.items())


def _other_columns() -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Yield the models that belong to a ticket, with their columns that are searched."""
    models = current_tickets.models
    yield models.TicketComment, (models.TicketComment.text,)
    yield models.TicketAttachment, (models.TicketAttachment.filename, models.TicketAttachment.url)


def _candidates(query: SearchQuery) -> Iterator[tuple[int, list[str]]]:
    """Yield the id and the text of each ticket that may match."""
    may_match = [_may_match(term.token) for term in query.terms]
    while True:
        batch = read_texts(query.candidates(_BATCH).where(*may_match))
        yield from batch
        if len(batch) < _BATCH:
            return
        query = replace(query, after_id=batch[-1][0])


def _may_match(token: str) -> ColumnElement[bool]:
    ticket = current_tickets.models.Ticket
    in_ticket = (_may_contain(column, token) for column in (ticket.subject, ticket.description))
    in_others = (
        exists().where(model.ticket_id == ticket.id, _may_contain(column, token))
        for model, columns in _other_columns()
        for column in columns
    )
    return or_(*in_ticket, *in_others)


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
