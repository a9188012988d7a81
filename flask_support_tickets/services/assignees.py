"""Find and list the staff members who can be assigned to tickets."""

from __future__ import annotations

import time
from string import ascii_lowercase, ascii_uppercase
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import BigInteger, Select, String, cast, func, inspect, literal, or_, select

from ..actor import is_active, name_of
from ..current import current_tickets
from ..errors import Invalid
from ..i18n import gettext
from ..models.user_key import UserId
from ..policy import Policy, user_key_of
from .database import engine_of_tickets

RECENT_SECONDS = 60.0
#: For each engine, the time at which the assignees were read, and their names by key.
_recent: WeakKeyDictionary[Any, tuple[float, dict[Any, str]]] = WeakKeyDictionary()
_CANDIDATES_MAX = 200


def is_active_staff(user: Any) -> bool:
    """Return whether tickets may be assigned to ``user``."""
    return is_active(user) and bool(current_tickets.policy.is_staff(user))


def find_user(user_id: Any) -> Any | None:
    """Return the user with this key, or None if there is none."""
    user_key = current_tickets.models.user_key
    # An integer outside the column's range matches no user, instead of causing a driver error.
    key = literal(user_id, BigInteger()) if user_key.python_type is int else user_id
    query = select(user_key.user_model).where(user_key.column == key)
    user = current_tickets.session.scalar(query)
    # MariaDB ignores case when it compares strings, but keys are case-sensitive.
    return user if user is not None and user_key_of(user) == user_id else None


def find_assignee(user_id: UserId) -> UserId:
    """Return ``user_id`` if it belongs to an active staff member.

    Otherwise, raise `Invalid` with the same message whether or not the user exists (rule A2).
    """
    user = find_user(user_id)
    if user is None or not is_active_staff(user):
        raise Invalid({"assignedToUserId": [gettext("Choose a staff member.")]})
    return user_id


def list_assignees() -> list[Any]:
    """Return the active staff members, sorted by name.

    Loads at most 200 users. With the default policy, the query filters by role if users have a
    ``role`` column, or a ``roles`` relationship to a model with a ``name``.
    """
    users = current_tickets.session.scalars(_candidates().limit(_CANDIDATES_MAX)).unique()
    staff = [user for user in users if is_active_staff(user)]
    return sorted(staff, key=lambda user: name_of(user).casefold())


def recent_assignees() -> dict[Any, str]:
    """Return the names from `list_assignees`, by user key. They are cached for up to a minute.

    The cache keeps lists fast if the user table is large. Assigning a ticket checks the user again.
    """
    engine = engine_of_tickets()
    recent = _recent.get(engine)
    if recent is None or time.monotonic() - recent[0] > RECENT_SECONDS:
        names = {user_key_of(user): name_of(user) for user in list_assignees()}
        recent = _recent[engine] = time.monotonic(), names
    return recent[1]


def _candidates() -> Select[Any]:
    user_model = current_tickets.models.user_key.user_model
    query = select(user_model).order_by(current_tickets.models.user_key.column)
    policy = type(current_tickets.policy)
    if policy.is_staff is not Policy.is_staff or policy.roles is not Policy.roles:
        return query
    mapper = inspect(user_model)
    staff_roles = current_tickets.config.staff_roles
    names = {lowered for name in staff_roles for lowered in _lowered(name)}
    conditions = []
    role = mapper.column_attrs.get("role")
    if role is not None and isinstance(role.columns[0].type, String):
        enum = getattr(role.columns[0].type, "enum_class", None)
        if enum is None:
            conditions.append(func.lower(cast(user_model.role, String)).in_(names))
        else:
            staff = {name.casefold() for name in staff_roles}
            members = [member for member in enum if member.name.casefold() in staff]
            conditions.append(user_model.role.in_(members))
    roles = mapper.relationships.get("roles")
    if roles is not None and "name" in roles.mapper.column_attrs:
        role_name = cast(roles.mapper.class_.name, String)
        conditions.append(user_model.roles.any(func.lower(role_name).in_(names)))
    return query.where(or_(*conditions)) if conditions else query


def _lowered(name: str) -> set[str]:
    """Return a role's possible lowercase forms in SQL. SQLite's ``lower()`` handles only ASCII."""
    spellings = {name, name.lower(), name.upper(), name.title(), name.capitalize()}
    ascii_lower = str.maketrans(ascii_uppercase, ascii_lowercase)
    return {form for each in spellings for form in (each.lower(), each.translate(ascii_lower))}
