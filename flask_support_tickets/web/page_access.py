"""Access checks, HTTP errors and headers for all HTML pages."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from werkzeug import exceptions

from ..current import find_state
from ..errors import NotAllowed, NotFound, Unavailable
from ..i18n import may_depend_on_browser
from ..transaction import is_unavailable, roll_back_after
from .confirmation import keep_submission
from .fetch_metadata import is_sent_by_another_site
from .identity import current_actor
from .request_limits import bad_body_status

logger = logging.getLogger(__name__)


def check_page_access() -> ResponseReturnValue | None:
    """Return the host's response to anonymous users, or None if access is allowed.

    Aborts with 404 if the feature is not licensed, with 503 if the license check met a database
    error, with 403 for a POST from another site, and with 413 or 400 for a body that is too large
    or incomplete.
    """
    state = find_state(current_app)
    with as_http_errors():
        if state is None or not state.is_licensed:
            raise NotFound
        actor = current_actor()
    if actor is None:
        if request.method == "POST":
            keep_submission()
        response: ResponseReturnValue = current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
        return response
    if request.method == "POST":
        if is_sent_by_another_site():
            abort(403)
        if status := bad_body_status():
            abort(status)
    return None


def check_staff_access() -> ResponseReturnValue | None:
    """Run `check_page_access`, then abort with 403 unless the user is staff."""
    response = check_page_access()
    if response is not None:
        return response
    actor = current_actor()
    return None if actor and actor.is_staff else abort(403)


def may_enter() -> bool:
    """Return whether to show the menu item. Errors hide it rather than break the host's pages."""
    try:
        state = find_state(current_app)
        if state is None or not state.is_licensed:
            return False
        with state.session.no_autoflush:  # the host's session may hold invalid objects
            actor = current_actor()
        return actor is not None and actor.is_staff
    except Exception as error:
        logger.exception("Could not identify the user; the menu item is hidden.")
        roll_back_after(error)
        return False


@contextmanager
def as_http_errors() -> Iterator[None]:
    """Convert errors to HTTP 404, 403 and 503, so that the host's error pages are shown."""
    try:
        yield
    except NotFound:
        raise exceptions.NotFound from None
    except NotAllowed:
        raise exceptions.Forbidden from None
    except (Unavailable, SQLAlchemyError) as error:
        if isinstance(error, SQLAlchemyError) and not is_unavailable(error):
            raise
        raise exceptions.ServiceUnavailable(retry_after=Unavailable.retry_after_seconds) from error


def is_sent_by_our_script() -> bool:
    """Return whether our script sent the form.

    Scripts cannot read the target of a redirect, so ours gets 201 with ``Location`` instead. It
    also keeps the chosen files if the form is rejected.
    """
    return request.headers.get("X-Requested-With") == "XMLHttpRequest"


def set_private_headers(response: Response) -> Response:
    """Prevent caching, content sniffing and framing by other sites.

    The Content Security Policy is left to the host: its hooks run later, and might set one only
    if the response has none.
    """
    if response.status_code == 303 and is_sent_by_our_script():
        response.status_code = 201
    response.headers["Cache-Control"] = "private, no-store"
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.vary.add("Cookie")
    if may_depend_on_browser():
        response.vary.add("Accept-Language")
    if response.status_code == 503:
        response.headers.setdefault("Retry-After", str(Unavailable.retry_after_seconds))
    return response
