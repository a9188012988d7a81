"""Search for tickets that contain all the given words, ignoring case (rule S1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import ColumnElement, select

from ...current import current_tickets
from ...models.user_key import parse_id
from ..database import run
from ..pagination import COUNT_MAX
from .availability import index_to_read, index_to_write
from .index import FirstMatches, SearchQuery
from .scan import scan
from .tokenizer import MARKER, tokenize, tokenize_query

SEARCH_MAX = 200

Conditions = Sequence[ColumnElement[bool]]


class Found(NamedTuple):
    """A page of matches, with one extra id if there are more, and the total number of matches."""

    ids: list[int]
    total_count: int
    is_capped: bool


def find_matches(
    search: str, conditions: Conditions, *, limit: int, offset: int = 0, after_id: int | None = None
) -> list[int]:
    """Return the ids of the tickets that match and meet ``conditions``, newest first (S1).

    The conditions use the ticket's columns and must limit the tickets to those that the actor can
    see. With ``after_id``, only tickets older than that ticket are returned.
    """
    tokens, own_id = tokenize_query(search), _find_by_id(search, conditions, after_id)
    if not tokens:
        return []
    query = SearchQuery(tokens, conditions, limit, offset, after_id)
    if own_id is not None:  # it can be anywhere among the other matches
        query = replace(query, limit=query.end, offset=0)
    index = index_to_read()
    ids = scan(query) if index is None else index.find(query)
    return ids if own_id is None else sorted({own_id, *ids}, reverse=True)[offset : offset + limit]


def find_page(
    search: str, conditions: Conditions, *, page: int, page_size: int, after_id: int | None = None
) -> Found:
    """Return a page of matches and their total number. If there are few, one search finds both."""
    first, are_newest = _find_first(search, conditions)
    is_capped = len(first) > COUNT_MAX
    start = 0 if after_id is not None else (page - 1) * page_size
    end = start + page_size + 1
    if not is_capped:
        ids = [number for number in first if after_id is None or number < after_id][start:end]
    elif are_newest and after_id is None and end <= len(first):
        ids = first[start:end]
    else:
        size = page_size + 1
        ids = find_matches(search, conditions, limit=size, offset=start, after_id=after_id)
    return Found(ids, min(len(first), COUNT_MAX), is_capped)


def index_texts(ticket_id: int, *texts: str, is_new: bool = False) -> None:
    """Add the tokens in ``texts`` to a ticket. With ``is_new``, also mark the ticket as indexed."""
    index = index_to_write()
    if index is None:
        return
    tokens = tokenize(*texts) | ({MARKER} if is_new else set())
    if tokens:
        index.add([(ticket_id, tokens)])


def _number_in(search: str) -> int | None:
    return parse_id(search.removeprefix("#"))


def _find_by_id(search: str, conditions: Conditions, after_id: int | None) -> int | None:
    number = _number_in(search)
    if number is None or (after_id is not None and number >= after_id):
        return None
    model = current_tickets.models.Ticket
    found: int | None = run(select(model.id).where(model.id == number, *conditions)).scalar()
    return found


def _find_first(search: str, conditions: Conditions) -> FirstMatches:
    """Return the matches, up to one more than `COUNT_MAX`."""
    index, tokens = index_to_read(), tokenize_query(search)
    if index is None or not tokens or _number_in(search) is not None:
        ids = find_matches(search, conditions, limit=COUNT_MAX + 1)
        return FirstMatches(ids, are_newest=True)
    return index.find_first(SearchQuery(tokens, conditions, COUNT_MAX + 1))
