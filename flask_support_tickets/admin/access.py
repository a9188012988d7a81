"""Access to the admin pages: license, sign-in, staff, checked in that order."""

from __future__ import annotations

import logging

from flask import abort, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError

from ..current import find_state
from ..web.identity import current_actor
from ..web.page_access import check_page_access

logger = logging.getLogger(__name__)


def may_enter() -> bool:
    """Whether the menu shows the entry. An error counts as no: it must not break host pages."""
    try:
        state = find_state(current_app)
        if state is None or not state.is_licensed:
            return False
        with state.session.no_autoflush:  # a host's failed form may have left rows behind
            actor = current_actor()
        return actor is not None and actor.is_staff
    except Exception as error:
        logger.exception("Support Tickets could not tell who is signed in; the entry is hidden.")
        roll_back_after(error)
        return False


def roll_back_after(error: Exception) -> None:
    """Let the host's page go on after an error of ours that it is not told of: PostgreSQL would
    refuse every further statement.
    """
    if isinstance(error, DBAPIError):
        current_app.extensions["sqlalchemy"].session.rollback()


def refuse_entry() -> ResponseReturnValue | None:
    """404 unlicensed, the host's sign-in for anonymous visitors, 403 without the role."""
    answer = check_page_access()
    if answer is not None:
        return answer
    actor = current_actor()
    if actor is None or not actor.is_staff:
        abort(403)
    return None
