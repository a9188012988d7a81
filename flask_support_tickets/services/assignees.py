"""Find and list the staff members who can be assigned to tickets."""

from __future__ import annotations

import logging
import time
from string import ascii_lowercase, ascii_uppercase
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from flask import Flask
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Select,
    String,
    case,
    cast,
    func,
    inspect,
    literal,
    or_,
    select,
    true,
)

from ..actor import is_active, name_of
from ..current import current_tickets, warn_once
from ..errors import Invalid
from ..i18n import gettext
from ..models.user_key import UserId
from ..policy import ADMIN_ATTRIBUTES, Policy, user_key_of
from ..transaction import roll_back_after
from .database import engine_of_tickets

logger = logging.getLogger(__name__)

RECENT_SECONDS = 60.0
#: For each engine, the time at which the assignees were read, and their names by key.
_recent: WeakKeyDictionary[Any, tuple[float, dict[Any, str]]] = WeakKeyDictionary()
_CANDIDATES_MAX = 200
#: The attributes that `Policy.roles` reads.
_ROLE_ATTRIBUTES = ("roles", "role")
#: The apps for which `warn_if_nobody_is_staff` has looked.
_checked: WeakSet[Flask] = WeakSet()


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

    Loads the users of `Policy.staff_query`. Without it, loads at most 200 users. With the default
    policy, the query then filters by role if users have a ``role`` column, or a ``role`` or
    ``roles`` relationship to a model with a ``name``, and by ``is_admin`` and ``is_superuser`` if
    these are Boolean columns.
    """
    users, has_all = _load_candidates()
    if not has_all:
        warn_once(
            logger,
            "Only the first %d users of %r were checked, so other staff are neither listed nor "
            "notified. Override Policy.staff_query to return a query for your staff.",
            _CANDIDATES_MAX,
            current_tickets.app.name,
        )
    staff = [user for user in users if is_active_staff(user)]
    return sorted(staff, key=lambda user: name_of(user).casefold())


def warn_if_nobody_is_staff() -> None:
    """Log a warning if no user is staff. Looks only once for each app, and never raises."""
    app = current_tickets.app
    if app in _checked:
        return
    _checked.add(app)
    try:
        with current_tickets.session.no_autoflush:  # the host's session may hold invalid objects
            users, has_all = _load_candidates()
        # Otherwise, there may be staff among the users that were not loaded.
        if has_all and not any(current_tickets.policy.is_staff(user) for user in users):
            logger.warning(
                "No user of %r is staff, so nobody can work on tickets. Give someone a role from "
                "SUPPORT_TICKETS_STAFF_ROLES (%s), set is_admin or is_superuser to True, or pass a "
                "Policy with your own is_staff and staff_query.",
                app.name,
                ", ".join(current_tickets.config.staff_roles),
            )
    except Exception as error:
        logger.exception("Could not find out whether a user is staff.")
        roll_back_after(error)


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


def _load_candidates() -> tuple[list[Any], bool]:
    """Return the users who may be staff, and whether these are all."""
    query, session = current_tickets.policy.staff_query(), current_tickets.session
    if query is not None:
        return list(session.scalars(query).unique()), True
    users = list(session.scalars(_candidates().limit(_CANDIDATES_MAX + 1)).unique())
    return users[:_CANDIDATES_MAX], len(users) <= _CANDIDATES_MAX


def _candidates() -> Select[Any]:
    """Build a query for the users who may be staff, or for all users if SQL cannot decide."""
    user_model = current_tickets.models.user_key.user_model
    user_key = current_tickets.models.user_key.column
    query = select(user_model)
    policy = type(current_tickets.policy)
    if policy.is_staff is not Policy.is_staff or policy.roles is not Policy.roles:
        return query.order_by(user_key)
    conditions = [*_role_conditions(user_model), *_admin_conditions(user_model)]
    if not conditions:
        return query.order_by(user_key)
    if all(_is_decided_in_sql(user_model, name) for name in (*ADMIN_ATTRIBUTES, *_ROLE_ATTRIBUTES)):
        return query.where(or_(*conditions)).order_by(user_key)
    return query.order_by(case((or_(*conditions), 0), else_=1), user_key)


def _admin_conditions(user_model: type[Any]) -> list[ColumnElement[bool]]:
    columns = inspect(user_model).column_attrs
    return [
        getattr(user_model, name) == true()
        for name in ADMIN_ATTRIBUTES
        if name in columns and isinstance(columns[name].columns[0].type, Boolean)
    ]


def _is_decided_in_sql(user_model: type[Any], name: str) -> bool:
    """Return whether SQL can evaluate the attribute. For a property, it cannot."""
    mapper, value = inspect(user_model), getattr(user_model, name, None)
    is_mapped = name in mapper.column_attrs or _role_name(user_model, name) is not None
    return is_mapped or value is None or callable(value)


def _role_conditions(user_model: type[Any]) -> list[ColumnElement[bool]]:
    mapper = inspect(user_model)
    staff_roles = current_tickets.config.staff_roles
    names = {lowered for name in staff_roles for lowered in _lowered(name)}
    conditions: list[ColumnElement[bool]] = []
    role = mapper.column_attrs.get("role")
    if role is not None and isinstance(role.columns[0].type, String):
        enum = getattr(role.columns[0].type, "enum_class", None)
        if enum is None:
            conditions.append(func.lower(cast(user_model.role, String)).in_(names))
        else:
            staff = {name.casefold() for name in staff_roles}
            members = [member for member in enum if member.name.casefold() in staff]
            conditions.append(user_model.role.in_(members))
    for name in _ROLE_ATTRIBUTES:
        role_name = _role_name(user_model, name)
        if role_name is not None:
            relationship = getattr(user_model, name)
            exists = relationship.any if relationship.property.uselist else relationship.has
            conditions.append(exists(func.lower(cast(role_name, String)).in_(names)))
    return conditions


def _role_name(user_model: type[Any], name: str) -> Any | None:
    """Return the column with the names of roles if the attribute is a relationship to them."""
    relationship = inspect(user_model).relationships.get(name)
    if relationship is None or "name" not in relationship.mapper.column_attrs:
        return None
    return relationship.mapper.class_.name


def _lowered(name: str) -> set[str]:
    """Return a role's possible lowercase forms in SQL. SQLite's ``lower()`` handles only ASCII."""
    spellings = {name, name.lower(), name.upper(), name.title(), name.capitalize()}
    ascii_lower = str.maketrans(ascii_uppercase, ascii_lowercase)
    return {form for each in spellings for form in (each.lower(), each.translate(ascii_lower))}
