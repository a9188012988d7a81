"""Make room for what our own routes may receive, whatever the host's limits and guards are.

Runs as an ``app_url_value_preprocessor``: earlier than any ``before_request`` of the host.
"""

from __future__ import annotations

from typing import Any

from flask import current_app, request

from ..current import find_state

#: 20,000 characters, percent-encoded or as JSON escapes at 12 bytes each, and room for the rest.
BODY_MAX_BYTES = 1024 * 1024


def is_overlong() -> bool:
    """Whether a body of unknown length is over the limit: Werkzeug cuts it off there, silently.

    One whose length is announced is refused by Werkzeug itself.
    """
    return request.content_length is None and len(request.get_data()) >= BODY_MAX_BYTES


def prepare_request(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Set the body limit of our routes, and leave them out of the host's ``CSRFProtect``.

    The pages and the admin check a token of their own, so that what was typed is kept; the API
    has its cross-site guard.
    """
    state = find_state(current_app)
    name = request.blueprint
    if state is None or name not in state.blueprint_names:
        return
    request.max_content_length = BODY_MAX_BYTES
    request.max_form_memory_size = BODY_MAX_BYTES
    csrf = current_app.extensions.get("csrf")
    if csrf is not None:
        csrf.exempt(current_app.blueprints[name])
