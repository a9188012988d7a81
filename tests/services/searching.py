"""Search without an actor, and drop the index."""

from __future__ import annotations

from typing import Any

from flask_support_tickets import unit_of_work
from flask_support_tickets.current import current_tickets
from flask_support_tickets.services.search.availability import forget_availability
from flask_support_tickets.services.search.query import find_matches

from ..host import db


def find(search: str, *conditions: Any, limit: int = 5_000, **place: Any) -> list[int]:
    """Return the ids of all tickets that match and meet the conditions."""
    found = find_matches(search, conditions, limit=limit, **place)
    db.session.rollback()
    return found


def drop_index() -> None:
    """Drop the search index, so that searches read the texts."""
    unit_of_work(lambda: current_tickets.models.words.drop(db.session.connection()))
    forget_availability()
