"""`Policy`: how the extension asks the host about its users. Hosts subclass it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from flask import current_app
from sqlalchemy import inspect

from .config import EXTENSION_KEY, Config
from .i18n import gettext
from .models.user_key import UserId
from .text_rules import showable_line

#: What the default policy takes a name from, the first that is there.
NAME_ATTRIBUTES = ("display_name", "name", "username", "email")


class Policy:
    """What the extension asks about the host's users. Subclass it and pass ``policy=``."""

    def roles(self, user: Any) -> Collection[str]:
        """Return the role names in ``user.roles``, strings or named objects, or ``user.role``."""
        roles: Any = getattr(user, "roles", None)
        if roles is None:
            roles = getattr(user, "role", None)
        if roles is None:
            return ()
        if isinstance(roles, str) or not isinstance(roles, Iterable):
            roles = (roles,)
        return [str(getattr(role, "name", role)) for role in roles]

    def is_staff(self, user: Any) -> bool:
        """Whether the user works tickets: has a role of ``SUPPORT_TICKETS_STAFF_ROLES``."""
        config: Config = current_app.extensions[EXTENSION_KEY].config
        staff = {name.casefold() for name in config.staff_roles}
        return any(role.casefold() in staff for role in self.roles(user))

    def display_name(self, user: Any) -> str:
        """Return the name to show: ``display_name``, ``name``, ``username``, ``email`` or the key.

        An email address is shown up to its ``@``: threads are read by other people.
        """
        values = (getattr(user, attribute, None) for attribute in NAME_ATTRIBUTES)
        return first_name(NAME_ATTRIBUTES, values) or nameless(user_key_of(user))

    def locale(self, user: Any) -> str | None:
        """Return the language to speak to a signed-in user, such as ``de`` or ``pt-BR``.

        None, which is the default, leaves it to Flask-Babel, or to ``SUPPORT_TICKETS_LOCALE``.
        """
        return None

    def time_zone(self, user: Any) -> str | None:
        """Return the zone to show times in to a signed-in user, such as ``Europe/Berlin``.

        None, which is the default, leaves it to Flask-Babel, or to ``SUPPORT_TICKETS_TIMEZONE``.
        """
        return None


#: To be told from any other way to say names.
_DEFAULT_DISPLAY_NAME = Policy.display_name


def has_default_names(policy: Policy) -> bool:
    """Whether ``policy`` takes names from `NAME_ATTRIBUTES`: no host has put its own way there."""
    return getattr(policy.display_name, "__func__", None) is _DEFAULT_DISPLAY_NAME


def first_name(attributes: Iterable[str], values: Iterable[Any]) -> str:
    """Return the first value that names somebody, an email address up to its ``@``; "" if none."""
    for attribute, value in zip(attributes, values, strict=True):
        if isinstance(value, str) and value.strip():
            return value.partition("@")[0] if attribute == "email" else value
    return ""


def user_key_of(user: Any) -> UserId | None:
    """Return a user's mapped primary key, without asking the database; None without one."""
    state = inspect(user)
    key: UserId | None = (state.identity or state.mapper.primary_key_from_instance(user))[0]
    return key


def default_name_of(user_key: Any, attributes: Iterable[str], values: Iterable[Any]) -> str:
    """Return what `name_of` returns under the default policy, from some of `NAME_ATTRIBUTES`."""
    return showable_line(first_name(attributes, values)) or nameless(user_key)


def nameless(user_key: Any) -> str:
    """Return the name of a user whose policy gives none."""
    return gettext("User %(id)s") % {"id": user_key}
