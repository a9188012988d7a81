"""Search without an index: read the texts, newest ticket first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Select, cast, exists, func, or_, select, true

from ...current import current_tickets
from ..database import dialect_name, rows_of, run
from .index import SearchQuery
from .tokenizer import MARKER, tokenize

_BATCH = 200


def scan(wanted: SearchQuery) -> list[int]:
    """Return the ids of the wanted tickets by the words of their texts."""
    words, found = set(wanted.words), []
    for ticket_id, texts in _candidates(wanted):
        if words <= tokenize(*texts):
            found.append(ticket_id)
            if len(found) == wanted.end:
                break
    return wanted.cut(found)


def read_texts(tickets: Select[Any]) -> list[tuple[int, list[str]]]:
    """Return the ids of some tickets with their texts and those of their comments."""
    ticket, comment = current_tickets.models.Ticket, current_tickets.models.TicketComment
    query = tickets.with_only_columns(ticket.id, ticket.subject, ticket.description)
    found = {row.id: [row.subject, row.description] for row in run(query)}
    comments = select(comment.ticket_id, comment.text).where(comment.ticket_id.in_(found))
    for ticket_id, text in rows_of(comments):
        found[ticket_id].append(text)
    return list(found.items())


def _candidates(wanted: SearchQuery) -> Iterator[tuple[int, list[str]]]:
    """Yield the id and texts of each ticket that may have the words."""
    may_have = [_may_have(word) for word in wanted.words]
    while True:
        batch = read_texts(wanted.candidates(_BATCH).where(*may_have))
        yield from batch
        if len(batch) < _BATCH:
            return
        wanted = replace(wanted, after_id=batch[-1][0])


def _may_have(word: str) -> ColumnElement[bool]:
    ticket, comment = current_tickets.models.Ticket, current_tickets.models.TicketComment
    in_comments = exists().where(comment.ticket_id == ticket.id, _may_contain(comment.text, word))
    in_ticket = (_may_contain(column, word) for column in (ticket.subject, ticket.description))
    return or_(*in_ticket, in_comments)


def _may_contain(column: Any, word: str) -> ColumnElement[bool]:
    """Build: ``column`` has the word, or text beyond ASCII, whose spellings LIKE does not know."""
    if dialect_name() == "sqlite":
        is_beyond_ascii = func.length(cast(column, LargeBinary)) != func.length(column)
    else:
        is_beyond_ascii = func.octet_length(column) != func.char_length(column)
    if not word.isascii():
        return is_beyond_ascii
    if word.startswith(MARKER):  # the hash of a long word
        return true()
    # By bytes, because "I" is not the capital of "i" in every locale.
    compared = column.collate("C") if dialect_name() == "postgresql" else column
    return or_(compared.ilike(f"%{word}%"), is_beyond_ascii)
