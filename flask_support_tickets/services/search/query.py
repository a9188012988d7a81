"""Search for tickets that contain all the given words (rule S1)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, select

from ...current import current_tickets
from ...models.user_key import parse_id
from ..database import run
from ..pagination import COUNT_MAX
from .availability import index_to_read, index_to_write
from .index import FirstMatches, SearchQuery
from .scan import read_tokens, scan
from .tokenizer import MARKER, Term, tokenize, tokenize_query

SEARCH_MAX = 200

Conditions = Sequence[ColumnElement[bool]]


class Found(NamedTuple):
    """A page of matches, with one extra id if there are more, and the total number of matches."""

    ids: list[int]
    total_count: int
    is_capped: bool


def find_matches(
    search: str,
    conditions: Conditions,
    *,
    limit: int,
    offset: int = 0,
    after_id: int | None = None,
    with_notes: bool = False,
) -> list[int]:
    """Return the ids of the tickets that match and meet ``conditions``, newest first (S1).

    If ``search`` is the id of one of them, that ticket comes before the others. The conditions use
    the ticket's columns and must limit the tickets to those that the actor can see. ``after_id``
    is the last ticket of the previous page. ``with_notes`` also searches internal notes.
    """
    terms = tokenize_query(search, with_notes=with_notes)
    own_id = _find_by_id(search, conditions)
    return _find_matches(terms, conditions, own_id, limit, offset, after_id)


def find_page(
    search: str,
    conditions: Conditions,
    *,
    page: int,
    page_size: int,
    after_id: int | None = None,
    with_notes: bool = False,
) -> Found:
    """Return a page of matches and their total number. If there are few, one search finds both."""
    terms = tokenize_query(search, with_notes=with_notes)
    own_id = _find_by_id(search, conditions)
    first, are_newest = _find_first(terms, conditions, own_id)
    is_capped = len(first) > COUNT_MAX
    start = 0 if after_id is not None else (page - 1) * page_size
    end = start + page_size + 1
    if not is_capped:
        ids = _skip_to(first, own_id, after_id)[start:end]
    elif are_newest and after_id is None and end <= len(first):
        ids = first[start:end]
    else:
        ids = _find_matches(terms, conditions, own_id, page_size + 1, start, after_id)
    return Found(ids, min(len(first), COUNT_MAX), is_capped)


def index_texts(ticket_id: int, *texts: str, is_new: bool = False, is_note: bool = False) -> None:
    """Add the tokens in ``texts`` to a ticket. With ``is_new``, also mark the ticket as indexed.

    Only staff find texts with ``is_note``.
    """
    index = index_to_write()
    if index is None:
        return
    tokens = tokenize(*texts, is_note=is_note) | ({MARKER} if is_new else set())
    if tokens:
        index.add([(ticket_id, tokens)])


def reindex_ticket(ticket_id: int, *old_texts: str) -> None:
    """Update the index after texts of a ticket have changed from ``old_texts``."""
    index = index_to_write()
    if index is not None:
        model = current_tickets.models.Ticket
        [(_, tokens)] = read_tokens(select(model.id).where(model.id == ticket_id))
        index.update(ticket_id, tokens, tokenize(*old_texts) - tokens)


def _find_by_id(search: str, conditions: Conditions) -> int | None:
    """Return the id of the ticket that ``search`` names, such as ``#42``, or None."""
    number = parse_id(unicodedata.normalize("NFKC", search).strip().removeprefix("#"))
    if number is None:
        return None
    model = current_tickets.models.Ticket
    found: int | None = run(select(model.id).where(model.id == number, *conditions)).scalar()
    return found


def _find_matches(
    terms: Sequence[Term],
    conditions: Conditions,
    own_id: int | None,
    limit: int,
    offset: int,
    after_id: int | None,
) -> list[int]:
    """Return what `find_matches` returns, with the ticket ``own_id`` first if it is not None."""
    if not terms:
        return []
    if own_id is None:
        return _find_by_terms(SearchQuery(terms, conditions, limit, offset, after_id))
    others = [*conditions, current_tickets.models.Ticket.id != own_id]
    if after_id is not None:
        after_others = None if after_id == own_id else after_id
        return _find_by_terms(SearchQuery(terms, others, limit, offset, after_others))
    if offset:
        return _find_by_terms(SearchQuery(terms, others, limit, offset - 1))
    rest = SearchQuery(terms, others, limit - 1)
    return [own_id, *(_find_by_terms(rest) if rest.limit else ())]


def _find_by_terms(query: SearchQuery) -> list[int]:
    index = index_to_read()
    return scan(query) if index is None else index.find(query)


def _skip_to(ids: list[int], own_id: int | None, after_id: int | None) -> list[int]:
    """Return the ids after the cursor. The ticket ``own_id`` comes before all others."""
    if after_id is None:
        return ids
    others = [ticket_id for ticket_id in ids if ticket_id != own_id]
    return [number for number in others if after_id == own_id or number < after_id]


def _find_first(terms: Sequence[Term], conditions: Conditions, own_id: int | None) -> FirstMatches:
    """Return the matches, up to one more than `COUNT_MAX`."""
    index = index_to_read()
    if index is None or not terms or own_id is not None:
        ids = _find_matches(terms, conditions, own_id, COUNT_MAX + 1, 0, None)
        return FirstMatches(ids, are_newest=True)
    return index.find_first(SearchQuery(terms, conditions, COUNT_MAX + 1))
