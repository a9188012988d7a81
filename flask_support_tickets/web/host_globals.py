"""Template globals for the host's layouts: ``support_tickets_unread`` and ``…_url``."""

from __future__ import annotations

import logging

from flask import current_app, has_request_context, request, url_for

from ..current import current_tickets, find_state
from ..services.unread import count_unread_tickets
from ..transaction import roll_back_after
from .identity import current_actor
from .page_access import may_enter

logger = logging.getLogger(__name__)

_CACHE_KEY = "flask_support_tickets.unread"


def support_tickets_unread() -> int:
    """Return the number of tickets that wait for the signed-in user, or 0 on any error (R5).

    The number is counted once for each request.
    """
    state = find_state(current_app)
    if state is None or not has_request_context():
        return 0
    key = f"{_CACHE_KEY}.{id(state.app)}"
    if key not in request.environ:
        request.environ[key] = 0
        try:
            with state.session.no_autoflush:  # the host's session may hold invalid objects
                actor = current_actor() if state.is_licensed else None
                request.environ[key] = 0 if actor is None else count_unread_tickets(actor=actor)
        except Exception as error:
            logger.exception("Could not count the unread tickets.")
            roll_back_after(error)
    count: int = request.environ[key]
    return count


def support_tickets_url() -> str:
    """Return the path of the user's tickets; the queue for staff, "" if the gate is closed."""
    state = find_state(current_app)
    if state is None:
        return ""
    try:
        if not state.is_licensed:
            return ""
        queue = staff_endpoint("index_view") if may_enter() else None
        return url_for(queue or "support_tickets_pages.list_tickets")
    except Exception:
        logger.exception("Could not build the address of the tickets.")
        return ""


def staff_endpoint(view: str) -> str | None:
    """Return the endpoint of a view in the first Admin, such as ``details_view``, or None."""
    endpoints = (f"{name}.{view}" for name in sorted(current_tickets.blueprint_names))
    functions = current_app.view_functions
    is_staff = (each for each in endpoints if each.startswith("support_tickets_admin"))
    return next((each for each in is_staff if each in functions), None)


#: The globals by name.
HOST_GLOBALS = {each.__name__: each for each in (support_tickets_unread, support_tickets_url)}
