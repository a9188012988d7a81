"""Identify the user who sent the request, based on Flask-Login's ``current_user``."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from flask import abort, request
from flask_login import current_user

from ..actor import Actor, actor_for, is_active
from ..current import current_tickets
from ..services.assignees import warn_if_nobody_is_staff

_CACHE_KEY = "flask_support_tickets.actor"

logger = logging.getLogger(__name__)


def current_actor() -> Actor | None:
    """Return the signed-in, active user as an `Actor`, or None (rule I1).

    A user who is not an instance of ``user_model`` counts as anonymous. The actor is cached for
    the request.
    """
    user: Any = current_user._get_current_object()
    if user is None:  # outside a request
        return None
    cached = request.environ.get(_CACHE_KEY)
    if cached is None or cached[0] is not user:
        cached = request.environ[_CACHE_KEY] = user, _actor_of(user)
    actor: Actor | None = cached[1]
    return actor


def require_actor() -> Actor:
    """Return the current actor. Aborts with 401 if the host's hooks have signed the user out."""
    return current_actor() or abort(401)


def require_requester() -> Actor:
    """Return the current actor as a reader of the requester pages, which never show notes (A4)."""
    return replace(require_actor(), reads_as_requester=True)


def _actor_of(user: Any) -> Actor | None:
    if not getattr(user, "is_authenticated", False) or not is_active(user):
        return None
    user_model = current_tickets.models.user_key.user_model
    if not isinstance(user, user_model):
        logger.warning("%r is signed in but is not a %s.", type(user), user_model.__name__)
        return None
    actor = actor_for(user)
    if actor.id is None:
        return None
    if not actor.is_staff:
        warn_if_nobody_is_staff()
    return actor
