"""Look up the names of users in one query."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Select, select

from ..actor import Actor, name_of
from ..current import current_tickets
from ..models import Models
from ..policy import NAME_ATTRIBUTES, default_name_of, has_default_names, user_key_of
from .database import is_one_of, prepared

#: The columns with users' keys, and the attributes with their names.
PEOPLE: Mapping[str, str] = {"user_id": "user_name", "assigned_to_user_id": "assigned_to_name"}
_NOBODY: Mapping[Any, str] = {}


def get_user_names(
    keys: Collection[Any], actor: Actor | None = None, known: Mapping[Any, str] = _NOBODY
) -> dict[Any, str]:
    """Return the names of users by key; deleted users are left out.

    ``actor`` and ``known`` are not looked up again. If the default policy reads names from plain
    columns, only those are loaded; otherwise each user's entity is, and the policy is asked.
    """
    known = dict(known)
    if actor is not None and actor.id is not None:
        known[actor.id] = actor.name
    wanted = list(set(keys) - known.keys() - {None})
    if not wanted:
        return known
    session, policy = current_tickets.session, current_tickets.policy
    named_by = name_attributes()
    if not named_by:
        users = session.scalars(prepared(_users), {"one_of": wanted}).unique()
        return known | {user_key_of(user): name_of(user, policy) for user in users}
    mapper = current_tickets.models.user_key.user_model.__mapper__
    rows = session.execute(
        prepared(_rows, named_by), {"one_of": wanted}, bind_arguments={"mapper": mapper}
    )
    for key, *values in rows.all():
        known[key] = default_name_of(key, named_by, values)
    return known


def name_attributes() -> tuple[str, ...]:
    """Return the columns of a user that the default policy reads a name from.

    None if an entity has to be loaded and the policy asked.
    """
    user_key = current_tickets.models.user_key
    if not has_default_names(current_tickets.policy):
        return ()
    if user_key.user_model.__mapper__.polymorphic_on is not None:  # a kind may have its own way
        return ()
    there = tuple(name for name in NAME_ATTRIBUTES if hasattr(user_key.user_model, name))
    return () if user_key.columns_of(there) is None else there


def _users(models: Models) -> Select[Any]:
    user_key = models.user_key
    return select(user_key.user_model).where(is_one_of(user_key.column))


def _rows(models: Models, names: tuple[str, ...]) -> Select[Any]:
    key = models.user_key.column
    columns = models.user_key.columns_of(names) or ()
    return select(key, *columns).where(is_one_of(key))
