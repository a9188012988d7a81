"""What tells whether an answer would look as it did before, without making it again (rule E1)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from ..current import current_tickets
from ..policy import Actor, name_of, user_key_of
from .paging import Page
from .reads import TICKET_KEYS

#: Changes when the same rows are shown in another form.
_FORM = 1
_PEOPLE = ("user_id", "assigned_to_user_id")


def stamp_of_page(actor: Actor, page: Page) -> str:
    """Return a stamp for a page of a list, the same for whole rows and for their keys."""
    return _stamp(
        actor, page.items, page.key_names, page.total_count, page.is_capped, page.has_more
    )


def stamp_of_ticket(actor: Actor, ticket: Any) -> str:
    """Return a stamp for one ticket, the same for the whole row and for its keys."""
    return _stamp(actor, [ticket], TICKET_KEYS)


def _stamp(actor: Actor, rows: Sequence[Any], key_names: Sequence[str], *facts: Any) -> str:
    """Hash what the answer is made of: who reads, each row's version, and what people are called.

    Names are the host's and have no version, so they are looked up each time.
    """
    people = [name for name in key_names if name in _PEOPLE]
    names = _names(rows, people)
    shown: list[Any] = [_FORM, actor.id, actor.is_staff, *facts]
    shown.append(current_tickets.config.allow_reopen)  # it decides what is allowed now
    for row in rows:
        shown += [getattr(row, name) for name in key_names]
        shown += [names.get(getattr(row, name)) for name in people]
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:32]


def _names(rows: Sequence[Any], people: Sequence[str]) -> dict[Any, str]:
    keys = {getattr(row, name) for row in rows for name in people} - {None}
    if not keys:
        return {}
    if hasattr(rows[0], "user"):
        related = [name.removesuffix("_id").removesuffix("_user") for name in people]
        users = [getattr(row, name) for row in rows for name in related]
    else:
        user_key = current_tickets.models.user_key
        query = select(user_key.user_model).where(user_key.column.in_(keys))
        users = list(current_tickets.session.scalars(query).unique())
    return {user_key_of(user): name_of(user) for user in users if user is not None}
