"""What the people behind some rows are called, looked up in one query."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import ColumnProperty
from sqlalchemy.orm.attributes import InstrumentedAttribute

from ..current import current_tickets
from ..models import Models
from ..policy import NAME_ATTRIBUTES, Actor, Policy, UserRow, name_of, user_key_of
from .statements import is_one_of, one_of, prepared

_NOBODY: Mapping[Any, str] = {}


def names_of(
    keys: Collection[Any], actor: Actor | None = None, known: Mapping[Any, str] = _NOBODY
) -> dict[Any, str]:
    """Return the name for each user key; a user who is gone has none.

    ``actor`` and ``known`` are not looked up again. Where the default policy reads a name from
    plain columns, only those are loaded; otherwise each user's entity is, and the policy asked.
    """
    known = dict(known)
    if actor is not None and actor.id is not None:
        known[actor.id] = actor.name
    wanted = set(keys) - known.keys() - {None}
    if not wanted:
        return known
    session, policy = current_tickets.session, current_tickets.policy
    columns = _name_columns(current_tickets.models)
    size, keys = one_of(wanted)
    if columns is None:
        users = session.scalars(prepared(_users, size), keys).unique()
        return known | {user_key_of(user): name_of(user, policy) for user in users}
    mapper = current_tickets.models.user_key.user_model.__mapper__
    rows = session.execute(prepared(_rows, columns, size), keys, bind_arguments={"mapper": mapper})
    for key, *values in rows.all():
        known[key] = name_of(UserRow(key, zip(columns, values, strict=True)), policy)
    return known


def _name_columns(models: Models) -> tuple[str, ...] | None:
    """Return the attributes that the default policy reads; None when an entity has to be loaded."""
    if type(current_tickets.policy).display_name is not Policy.display_name:
        return None
    user_model = models.user_key.user_model
    if user_model.__mapper__.polymorphic_on is not None:  # a kind of user may have its own way
        return None
    there = [name for name in NAME_ATTRIBUTES if hasattr(user_model, name)]
    are_columns = all(_is_column(getattr(user_model, name)) for name in there)
    return tuple(there) if are_columns else None


def _is_column(attribute: Any) -> bool:
    return isinstance(attribute, InstrumentedAttribute) and isinstance(
        attribute.property, ColumnProperty
    )


def _users(models: Models, size: int) -> Any:
    user_key = models.user_key
    return select(user_key.user_model).where(is_one_of(user_key.column, size))


def _rows(models: Models, names: tuple[str, ...], size: int) -> Any:
    user_key = models.user_key
    columns = [getattr(user_key.user_model, name).property.columns[0] for name in names]
    return select(user_key.column, *columns).where(is_one_of(user_key.column, size))
