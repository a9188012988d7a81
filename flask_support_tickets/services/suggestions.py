"""Suggestions for a search that staff are typing: tickets, people and tags (rule S4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select

from ..actor import Actor, name_of
from ..current import current_tickets
from ..errors import NotAllowed
from ..models.tag import key_of
from ..policy import user_key_of
from .access import listed_conditions, scope_of, visible_tickets
from .assignees import recent_assignees
from .database import materialized, rows_of
from .requesters import is_named
from .search.availability import index_to_read
from .search.operators import split_search
from .search.query import find_matches
from .search.tokenizer import tokenize, tokenize_query

#: The maximum number of suggestions of each kind.
LIMIT = 5
#: The number of newest matches among which those with the words in their subjects come first.
_MATCHES = 20
#: The number of newest tickets whose requesters are suggested, and whose tags are suggested to
#: staff who cannot see all tickets.
_RECENT = 5_000
#: The number of newest tickets to search without a search index.
_SCANNED = 200


@dataclass(frozen=True, slots=True)
class TicketSuggestion:
    """A matching ticket."""

    id: int
    subject: str
    status: int


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The suggestions for a search, up to `LIMIT` of each kind."""

    tickets: list[TicketSuggestion] = field(default_factory=list)
    #: The keys and names of people who have opened tickets.
    requesters: list[tuple[Any, str]] = field(default_factory=list)
    #: The keys and names of staff who can be assigned.
    assignees: list[tuple[Any, str]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


def suggest(*, actor: Actor, text: str) -> Suggestions:
    """Return suggestions for ``text``; none if it is shorter than two characters or has operators.

    Raises `NotAllowed` if the actor is not staff.
    """
    if not actor.sees_internal:
        raise NotAllowed
    words, operators = split_search(text)
    if operators or (len(words) < 2 and not words.isdigit()):
        return Suggestions()
    return Suggestions(
        _find_tickets(actor, words),
        _find_requesters(actor, words),
        _find_assignees(words),
        _find_tags(actor, words),
    )


def _find_tickets(actor: Actor, words: str) -> list[TicketSuggestion]:
    """Return tickets that the search finds. Those with all words in the subject come first."""
    models, conditions = current_tickets.models, listed_conditions(actor)
    if index_to_read() is None:
        conditions.append(_is_recent(models.Ticket.id, _SCANNED))
    ids = find_matches(words, conditions, limit=_MATCHES, with_notes=True)
    if not ids:
        return []
    c, terms = models.Ticket.__table__.c, tokenize_query(words)
    rows = rows_of(select(c.id, c.subject, c.status).where(c.id.in_(ids)))

    def rank(row: Any) -> tuple[bool, int]:
        tokens = tokenize(row.subject) | {str(row.id)}
        return not all(term.is_in(tokens) for term in terms), ids.index(row.id)

    return [TicketSuggestion(*row) for row in sorted(rows, key=rank)[:LIMIT]]


def _find_requesters(actor: Actor, words: str) -> list[tuple[Any, str]]:
    user_key, c = current_tickets.models.user_key, current_tickets.models.Ticket.__table__.c
    is_recent = _is_recent(c.id, _RECENT)
    recent = materialized(visible_tickets(actor, c.user_id).where(is_recent).distinct(), "recent")
    named = select(user_key.column.label("key")).join(recent, recent.c.user_id == user_key.column)
    keys = materialized(named.where(is_named(words)), "named").c.key
    first = select(keys).order_by(keys).limit(LIMIT).subquery()
    query = select(user_key.user_model).join(first, first.c.key == user_key.column)
    users = current_tickets.session.scalars(query.order_by(user_key.column)).unique()
    return [(user_key_of(user), name_of(user)) for user in users]


def _find_assignees(words: str) -> list[tuple[Any, str]]:
    found = recent_assignees().items()
    return [(key, name) for key, name in found if words.casefold() in name.casefold()][:LIMIT]


def _find_tags(actor: Actor, words: str) -> list[str]:
    models = current_tickets.models
    tag, tagging = models.TicketTag.__table__.c, models.TicketTagging.__table__.c
    query = select(tag.name).where(tag.name_key.contains(key_of(words), autoescape=True))
    if not scope_of(actor).is_all:
        is_recent = _is_recent(tagging.ticket_id, _RECENT)
        is_visible = tagging.ticket_id.in_(visible_tickets(actor))
        query = query.where(exists().where(tagging.tag_id == tag.id, is_recent, is_visible))
    return [row.name for row in rows_of(query.order_by(tag.name_key).limit(LIMIT))]


def _is_recent(ticket_id: Any, count: int) -> ColumnElement[bool]:
    newest = select(func.max(current_tickets.models.Ticket.id)).scalar_subquery()
    condition: ColumnElement[bool] = ticket_id > newest - count
    return condition
