"""`Policy`: what the extension needs to know about the host's users."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, func, inspect, select

from .config import EXTENSION_KEY, Config
from .i18n import gettext
from .models.user_key import UserId
from .text_rules import showable_line

#: The attributes that the default policy takes a name from, in order of preference.
NAME_ATTRIBUTES = ("display_name", "name", "username", "email")


#: The permissions that a staff member can have; see `Policy.may`.
PERMISSIONS = frozenset(
    {
        *("assign", "bulk", "export", "statistics", "saved_replies", "notifications"),
        *("delete", "erase"),
    }
)
#: The permissions that only admins have by default.
ADMIN_PERMISSIONS = frozenset({"delete", "erase"})
#: A user is staff and an admin by default if one of these attributes is True.
ADMIN_ATTRIBUTES = ("is_admin", "is_superuser")
_ASCII_LOWERCASE = str.maketrans(ascii_uppercase, ascii_lowercase)


class Policy:
    """Describes the host's users to the extension. Pass a subclass of it as ``policy=``."""

    def roles(self, user: Any) -> Collection[str]:
        """Return the names of the roles in ``user.roles``, or else in ``user.role``.

        A role is a string, or an object with a ``name``.
        """
        roles: Any = getattr(user, "roles", None)
        roles = getattr(user, "role", None) if roles is None else roles
        if roles is None:
            return ()
        if isinstance(roles, str) or not isinstance(roles, Iterable):
            roles = (roles,)
        return [str(getattr(role, "name", role)) for role in roles]

    def is_staff(self, user: Any) -> bool:
        """Return whether ``user`` has one of the roles in ``SUPPORT_TICKETS_STAFF_ROLES``.

        A user whose ``is_admin`` or ``is_superuser`` is True is also staff.
        """
        config: Config = current_app.extensions[EXTENSION_KEY].config
        staff = {name.casefold() for name in config.staff_roles}
        return _is_admin(user) or any(role.casefold() in staff for role in self.roles(user))

    def staff_query(self) -> Select[Any] | None:
        """Return a query for the users who are staff, to list and to notify them all.

        If None (the default), at most 200 users are checked; see `services.list_assignees`.
        `is_staff` is checked for each user that the query returns.
        """
        return None

    def display_name(self, user: Any) -> str:
        """Return the user's ``display_name``, or else ``name``, ``username``, ``email`` or key.

        An email address is cut off at the ``@``, because other people can see the name.
        """
        values = (getattr(user, attribute, None) for attribute in NAME_ATTRIBUTES)
        return first_name(NAME_ATTRIBUTES, values) or nameless(user_key_of(user))

    def email(self, user: Any) -> str | None:
        """Return the user's email address, by default ``user.email``. Only staff see it."""
        return getattr(user, "email", None)

    def profile_url(self, user: Any) -> str | None:
        """Return the URL of the user's page, which staff pages link to, or None."""
        return None

    def avatar_url(self, user: Any) -> str | None:
        """Return the URL of the user's picture. With None, the default, initials are shown."""
        return None

    def find_user_by_email(self, address: str) -> Any | None:
        """Return the user with this email address, or None if there is none, or more than one.

        Searches the user model's ``email`` column, if it has one. Ignores the case of ASCII
        letters only, because other letters may look alike and belong to someone else.
        """
        state = current_app.extensions[EXTENSION_KEY]
        user_model = state.models.user_key.user_model
        if "email" not in inspect(user_model).column_attrs:
            return None
        column, wanted = user_model.email, _lowered(address)
        query = select(user_model).where(func.lower(column).in_({wanted, address.lower()}))
        users = state.session.scalars(query).unique()
        found = [user for user in users if _lowered(user.email) == wanted]
        return found[0] if len(found) == 1 else None

    def visible_tickets(self, user: Any, Ticket: Any) -> ColumnElement[bool] | None:
        """Return a SQL criterion for the tickets that ``user`` can see.

        ``Ticket`` is the mapped class. By default, returns None: staff see all tickets, and others
        see their own. A criterion, such as ``Ticket.department == "IT"``, limits what staff see,
        and lets others read and comment on additional tickets. Index the columns that it uses.
        """
        return None

    def may(self, user: Any, permission: str) -> bool:
        """Return whether a staff member has ``permission``, which is one of `PERMISSIONS`."""
        if permission not in ADMIN_PERMISSIONS:
            return True
        return _is_admin(user) or "admin" in {role.casefold() for role in self.roles(user)}

    def locale(self, user: Any) -> str | None:
        """Return a user's locale, such as ``de`` or ``pt-BR``. Emails call it without a request.

        None, the default, falls back to Flask-Babel, then to ``SUPPORT_TICKETS_LOCALE``.
        """
        return None

    def time_zone(self, user: Any) -> str | None:
        """Return a user's time zone, such as ``Europe/Berlin``. Emails call it without a request.

        None, the default, falls back to Flask-Babel, then to ``SUPPORT_TICKETS_TIMEZONE``.
        """
        return None


def _is_admin(user: Any) -> bool:
    return any(getattr(user, attribute, None) is True for attribute in ADMIN_ATTRIBUTES)


def _lowered(address: str) -> str:
    """Return ``address`` with lowercase ASCII letters, as ``lower()`` in SQLite does."""
    return address.translate(_ASCII_LOWERCASE)


_DEFAULT_DISPLAY_NAME = Policy.display_name  # the original, in case a host patches the class


def has_default_names(policy: Policy) -> bool:
    """Return whether ``policy`` uses the original `Policy.display_name`."""
    return getattr(policy.display_name, "__func__", None) is _DEFAULT_DISPLAY_NAME


def first_name(attributes: Iterable[str], values: Iterable[Any]) -> str:
    """Return the first non-blank value, or "". An email address is cut off at its ``@``."""
    for attribute, value in zip(attributes, values, strict=True):
        if isinstance(value, str) and value.strip():
            return value.partition("@")[0] if attribute == "email" else value
    return ""


def user_key_of(user: Any) -> UserId | None:
    """Return a user's mapped primary key, or None if it is not set. Does not query the database."""
    state = inspect(user)
    key: UserId | None = (state.identity or state.mapper.primary_key_from_instance(user))[0]
    return key


def default_name_of(user_key: Any, attributes: Iterable[str], values: Iterable[Any]) -> str:
    """Return the same name as `actor.name_of` with the default policy, but from column values."""
    return showable_line(first_name(attributes, values)) or nameless(user_key)


def nameless(user_key: Any) -> str:
    """Return the fallback name for a user for whom the policy returns no name."""
    return gettext("User %(id)s") % {"id": user_key}
