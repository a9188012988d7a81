"""`Actor`, the person on whose behalf a use case runs, and the display names of users."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, false, true

from .current import current_tickets
from .i18n import gettext
from .policy import PERMISSIONS, Policy, nameless, user_key_of
from .text_rules import is_email_address, is_link, showable_line

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Actor:
    """The person on whose behalf a use case runs. Holds plain values that are never reloaded."""

    #: The user's mapped primary key, not the value of ``get_id()``.
    id: Any
    is_staff: bool
    name: str
    #: The permissions of a staff member; see `Policy.may`.
    permissions: frozenset[str] = PERMISSIONS
    #: The criterion returned by `Policy.visible_tickets`, if any.
    criterion: ColumnElement[bool] | None = field(default=None, compare=False, repr=False)
    #: The condition from the ``get_query`` of the current admin view, if any.
    desk: ColumnElement[bool] | None = field(default=None, compare=False, repr=False)
    #: Whether internal notes are hidden from a staff member, as on the requester pages.
    reads_as_requester: bool = False

    @property
    def sees_internal(self) -> bool:
        """Whether the actor sees internal notes and events (A4)."""
        return self.is_staff and not self.reads_as_requester


def is_active(user: Any) -> bool:
    """Return whether the host considers ``user`` active."""
    active = getattr(user, "is_active", True)  # a method in old versions of Flask-Login
    return bool(active() if callable(active) else active)


def actor_for(user: Any) -> Actor:
    """Return the `Actor` for one of the host's users. Requires an app context."""
    is_staff = bool(current_tickets.policy.is_staff(user))
    return Actor(
        id=user_key_of(user),
        is_staff=is_staff,
        name=name_of(user),
        permissions=_permissions_of(user) if is_staff else frozenset(),
        criterion=_criterion_for(user),
    )


def _permissions_of(user: Any) -> frozenset[str]:
    try:
        may = current_tickets.policy.may
        return frozenset(permission for permission in PERMISSIONS if may(user, permission))
    except Exception:
        logger.exception("Policy.may failed; the user has no permission.")
        return frozenset()


def _criterion_for(user: Any) -> ColumnElement[bool] | None:
    try:
        criterion = current_tickets.policy.visible_tickets(user, current_tickets.models.Ticket)
        # `and_` converts a Boolean to SQL. It raises an error for other values, such as strings.
        return None if criterion is None else and_(true(), criterion)
    except Exception:
        logger.exception("Policy.visible_tickets failed; the user sees only their own tickets.")
        return false()


def name_of(user: Any | None, policy: Policy | None = None) -> str:
    """Return the display name of ``user``, or a placeholder if it is None (a deleted user).

    The result is always one printable line. Errors raised by the host's policy are logged.
    """
    if user is None:
        return gettext("Deleted user")
    try:
        name = showable_line(str((policy or current_tickets.policy).display_name(user) or ""))
    except Exception:
        logger.exception("Policy.display_name failed.")
        name = ""
    return name or nameless(user_key_of(user))


def email_of(user: Any | None) -> str | None:
    """Return the email address of ``user``, or None unless it looks like a single address."""
    address = _ask_policy("email", user)
    return address if is_email_address(address) else None


def locale_of(user: Any) -> str | None:
    """Return the locale of ``user`` from the policy, or None for the app's default."""
    return _text_from_policy("locale", user)


def time_zone_of(user: Any) -> str | None:
    """Return the name of the time zone of ``user``, or None for the app's default."""
    return _text_from_policy("time_zone", user)


def profile_url_of(user: Any | None) -> str | None:
    """Return the profile URL of ``user``, or None unless `is_link` accepts it."""
    return _link_from_policy("profile_url", user)


def avatar_url_of(user: Any | None) -> str | None:
    """Return the picture URL of ``user``, or None unless `is_link` accepts it."""
    return _link_from_policy("avatar_url", user)


def _link_from_policy(method: str, user: Any | None) -> str | None:
    link = _ask_policy(method, user)
    return link if is_link(link) else None


def _text_from_policy(method: str, user: Any) -> str | None:
    value = _ask_policy(method, user)
    return value if value and isinstance(value, str) else None


def _ask_policy(method: str, user: Any | None) -> Any:
    """Return the result of the policy's ``method`` for ``user``. Errors are logged."""
    if user is None:
        return None
    try:
        return getattr(current_tickets.policy, method)(user)
    except Exception:
        logger.exception("Policy.%s failed.", method)
        return None
