"""Find requesters by ID, name or email address."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, cast, func, or_, select

from ..current import current_tickets
from ..policy import NAME_ATTRIBUTES
from .assignees import find_user

#: The maximum number of users that are found.
REQUESTERS_MAX = 100


def find_requesters(text: str) -> list[Any]:
    """Return the keys of the users whose key is ``text``, or whose name or email contains it.

    Ignores case. Searches the columns that the default policy takes names from. Returns up to
    `REQUESTERS_MAX` keys.
    """
    user_key, session = current_tickets.models.user_key, current_tickets.session
    key = user_key.from_text(text)
    if key is not None and find_user(key) is not None:
        return [key]
    names = [name for name in NAME_ATTRIBUTES if hasattr(user_key.user_model, name)]
    columns = [column for name in names for column in user_key.columns_of([name]) or ()]
    if not columns:
        return []
    matches = [
        func.lower(cast(each, String)).contains(text.lower(), autoescape=True) for each in columns
    ]
    query = select(user_key.column).where(or_(*matches)).order_by(user_key.column)
    return list(
        session.scalars(
            query.limit(REQUESTERS_MAX), bind_arguments={"mapper": user_key.user_model.__mapper__}
        )
    )
