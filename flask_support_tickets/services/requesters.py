"""Find users by ID, name or email address."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import Column, ColumnElement, String, cast, false, func, or_, select

from ..actor import Actor
from ..current import current_tickets
from ..policy import NAME_ATTRIBUTES
from ..text_rules import is_email_address
from ..transaction import roll_back_after
from .access import visible_tickets
from .assignees import find_user
from .database import run
from .user_names import get_user_names

logger = logging.getLogger(__name__)

#: The maximum number of users that are found.
REQUESTERS_MAX = 100


def find_requesters(text: str, *, only: Any = None) -> list[Any]:
    """Return the keys of the users whose key is ``text``, or whose name or email contains it.

    Ignores case. Searches the columns that the default policy takes names from. Returns up to
    `REQUESTERS_MAX` keys. With ``only``, returns only keys that it contains.
    """
    user_key, session = current_tickets.models.user_key, current_tickets.session
    key = user_key.from_text(text)
    if key is not None and find_user(key) is not None:
        return [key] if only in (None, key) else []
    query = select(user_key.column).where(is_named(text)).order_by(user_key.column)
    query = query if only is None else query.where(user_key.column == only)
    return list(
        session.scalars(
            query.limit(REQUESTERS_MAX), bind_arguments={"mapper": user_key.user_model.__mapper__}
        )
    )


def is_named(text: str) -> ColumnElement[bool]:
    """Build the condition that a user's name or email contains ``text``, ignoring case."""
    user_key = current_tickets.models.user_key
    names = [name for name in NAME_ATTRIBUTES if hasattr(user_key.user_model, name)]
    columns = [column for name in names for column in user_key.columns_of([name]) or ()]
    lowered = (func.lower(cast(each, String)) for each in columns)
    return or_(false(), *(each.contains(text.lower(), autoescape=True) for each in lowered))


def find_user_by_email(address: str) -> Any | None:
    """Return the user that `Policy.find_user_by_email` returns, or None if it fails.

    Also returns None if ``address`` does not look like a single email address.
    """
    if not is_email_address(address):
        return None
    try:
        return current_tickets.policy.find_user_by_email(address)
    except Exception as error:
        logger.exception("Policy.find_user_by_email failed.")
        roll_back_after(error)
        return None


def find_people(text: str, actor: Actor, column: Column[Any]) -> list[Any]:
    """Return the keys of the users that ``text`` names, for a search in a ticket's ``column``.

    Staff find the users that `find_requesters` finds. Others find themselves, and people whose
    names they see on tickets, by ID or name. They learn no email addresses, and nothing about
    other users.
    """
    if actor.is_staff:
        return find_requesters(text)
    keys = run(visible_tickets(actor, column).distinct().limit(REQUESTERS_MAX)).scalars().all()
    names = get_user_names(keys, actor)
    is_own = actor.id is not None and find_requesters(text, only=actor.id)
    return [
        key
        for key, name in names.items()
        if (is_own and key == actor.id) or text == str(key) or text.casefold() in name.casefold()
    ]
