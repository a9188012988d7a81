"""Identify the user of a request, from Flask-Login's ``current_user``."""

from __future__ import annotations

import logging
from typing import Any

from flask import abort, request
from flask_login import current_user

from ..actor import Actor, actor_for, is_active
from ..current import current_tickets

_CACHE_KEY = "flask_support_tickets.actor"

logger = logging.getLogger(__name__)


def current_actor() -> Actor | None:
    """Return the signed-in, active user as an `Actor`; None for everybody else (rule I1).

    A user object of another class than ``user_model`` cannot own or work tickets: None, too.
    Within one request, the policy is asked once about the same user.
    """
    user: Any = current_user._get_current_object()
    if user is None:  # there is no request
        return None
    known = request.environ.get(_CACHE_KEY)
    if known is None or known[0] is not user:
        known = request.environ[_CACHE_KEY] = user, _actor_of(user)
    actor: Actor | None = known[1]
    return actor


def require_actor() -> Actor:
    """Return the actor of a request that was let in."""
    actor = current_actor()
    if actor is None:  # the user was signed out by a hook of the host since
        abort(401)
    return actor


def _actor_of(user: Any) -> Actor | None:
    if not getattr(user, "is_authenticated", False) or not is_active(user):
        return None
    user_model = current_tickets.models.user_key.user_model
    if not isinstance(user, user_model):
        logger.warning("%r is signed in but is not a %s.", type(user), user_model.__name__)
        return None
    actor = actor_for(user)
    return None if actor.id is None else actor
