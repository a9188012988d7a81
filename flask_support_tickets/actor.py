"""`Actor`: the person on whose behalf a use case runs, and what users are called."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from .current import current_tickets
from .i18n import gettext
from .policy import Policy, nameless, user_key_of
from .text_rules import showable_line

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Actor:
    """The person who acts, as plain values: nothing here is loaded again later."""

    #: The user's mapped primary key, never ``get_id()``.
    id: Any
    is_staff: bool
    name: str


def is_active(user: Any) -> bool:
    """Whether the host lets ``user`` in; ``is_active`` may be a method, as it once was."""
    active = getattr(user, "is_active", True)
    return bool(active() if callable(active) else active)


def actor_for(user: Any) -> Actor:
    """Return the `Actor` for one of the host's users. Needs an app context."""
    return Actor(
        id=user_key_of(user),
        is_staff=bool(current_tickets.policy.is_staff(user)),
        name=name_of(user),
    )


def name_of(user: Any | None, policy: Policy | None = None) -> str:
    """Return what to call ``user``; a user whose row is gone has a placeholder.

    Whatever a host's policy returns or raises, this is a line of text that can be shown.
    """
    if user is None:
        return gettext("Deleted user")
    try:
        name = showable_line(str((policy or current_tickets.policy).display_name(user) or ""))
    except Exception:
        logger.exception("Policy.display_name failed.")
        name = ""
    return name or nameless(user_key_of(user))
