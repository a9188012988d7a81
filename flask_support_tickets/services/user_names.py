"""Query user names."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Select, select

from ..actor import Actor, name_of
from ..current import current_tickets
from ..models import Models
from ..policy import NAME_ATTRIBUTES, default_name_of, has_default_names, user_key_of
from .database import dialect_name, is_one_of, prepared

#: The columns that refer to users, and the read model fields that contain the users' names.
NAME_FIELDS = {"user_id": "user_name", "assigned_to_user_id": "assigned_to_name"}


def get_user_names(
    keys: Collection[Any], actor: Actor | None = None, known: Mapping[Any, str] | None = None
) -> dict[Any, str]:
    """Return user names by key, including those in ``known`` and excluding deleted users.

    If the default policy reads names from plain columns, only those columns are loaded. Otherwise,
    the users are loaded and the policy is called for each.
    """
    names = dict(known or {})
    if actor is not None and actor.id is not None:
        names[actor.id] = actor.name
    missing = list(set(keys) - names.keys() - {None})
    if not missing:
        return names
    session, policy = current_tickets.session, current_tickets.policy
    attributes = _name_attributes()
    if not attributes:
        users = session.scalars(prepared(_users, dialect_name()), {"one_of": missing}).unique()
        return names | {user_key_of(user): name_of(user, policy) for user in users}
    mapper = current_tickets.models.user_key.user_model.__mapper__
    rows = session.execute(
        prepared(_rows, dialect_name(), attributes),
        {"one_of": missing},
        bind_arguments={"mapper": mapper},
    )
    for key, *values in rows.all():
        names[key] = default_name_of(key, attributes, values)
    return names


def _name_attributes() -> tuple[str, ...]:
    """Return the columns that names are built from. Empty if the policy must be called."""
    user_key = current_tickets.models.user_key
    if not has_default_names(current_tickets.policy):
        return ()
    if user_key.user_model.__mapper__.polymorphic_on is not None:  # a subclass may override names
        return ()
    existing = tuple(name for name in NAME_ATTRIBUTES if hasattr(user_key.user_model, name))
    return () if user_key.columns_of(existing) is None else existing


def _users(models: Models, dialect: str) -> Select[Any]:
    user_key = models.user_key
    return select(user_key.user_model).where(is_one_of(user_key.column, dialect))


def _rows(models: Models, dialect: str, names: tuple[str, ...]) -> Select[Any]:
    key = models.user_key.column
    columns = models.user_key.columns_of(names) or ()
    return select(key, *columns).where(is_one_of(key, dialect))
