"""What the tests of searches share."""

from __future__ import annotations

from sqlalchemy import true

from flask_support_tickets import Actor, unit_of_work
from flask_support_tickets.current import current_tickets
from flask_support_tickets.services.search import (
    find_matches,
)
from flask_support_tickets.services.search_index import forget_state

from ..host import db

STAFF = Actor(id=None, is_staff=True, name="staff")


def find(search, *conditions, limit=5_000, **place):
    found = find_matches(search, conditions or [true()], limit=limit, **place)
    db.session.rollback()
    return found


def drop_index():
    unit_of_work(lambda: current_tickets.models.words.drop(db.session.connection()))
    forget_state()
