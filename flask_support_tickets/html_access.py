"""Before and after every HTML page of ours: who gets in, and what browsers may keep of it."""

from __future__ import annotations

from flask import Response, abort, current_app
from flask.typing import ResponseReturnValue

from .current import find_state
from .identity import current_actor


def refuse_visitor() -> ResponseReturnValue | None:
    """404 while the gate is off; anonymous visitors get the host's own answer; else None."""
    state = find_state(current_app)
    if state is None or not state.is_licensed:
        abort(404)
    if current_actor() is None:
        answer: ResponseReturnValue = current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
        return answer
    return None


def keep_private(response: Response) -> Response:
    """Keep pages about people's tickets out of caches, sniffing and foreign frames."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.vary.add("Cookie")
    return response
