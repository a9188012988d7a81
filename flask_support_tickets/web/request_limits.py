"""Set request limits for our routes before any of the host's ``before_request`` hooks run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, request
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from ..current import find_state
from ..models.attachment import UPLOADS_PATH
from .multipart import UploadParser

V = TypeVar("V", bound=Callable[..., Any])

#: Enough for 20,000 characters of up to 12 bytes each (percent-encoding, JSON escapes).
BODY_MAX_BYTES = 1024 * 1024
#: The maximum number of fields and files in one form.
FORM_PARTS_MAX = 1_000
#: Forms with files may exceed the limit by this factor, so that the page can report which files
#: are too large and preserve the text.
_OVERSIZE_FACTOR = 4

PREFIXES = ("/api/tickets", "/api/ticket-comments", "/api/ticket-saved-replies", UPLOADS_PATH)
#: Other routing errors, such as an untrusted ``Host`` header, are left to the host app.
_UNMATCHED = (NotFound, MethodNotAllowed, RequestRedirect)


class UnmatchedUrlError(Exception):
    """No rule matches a URL at or under one of `PREFIXES`. The cause is the routing error."""


def accepts_files(view: V) -> V:
    """Allow multipart forms with files. Apply this decorator before registering the view."""
    view.accepts_files = True  # type: ignore[attr-defined]
    return view


def bad_body_status() -> int | None:
    """Return 413 if the body exceeds the limit, 400 if it is incomplete, otherwise None.

    Werkzeug silently truncates a body of unknown length, and some servers call the app with an
    incomplete body. `multipart.UploadParser` checks forms with files. A form that one of the host's
    hooks, such as a form guard, has already parsed cannot be checked.
    """
    length = request.content_length
    if request.mimetype == "multipart/form-data" or "form" in vars(request):
        return None
    if length is None:
        return 413 if len(request.get_data()) >= BODY_MAX_BYTES else None
    return 400 if len(request.get_data()) < length else None


def apply_request_limits(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Set limits for our routes and exempt them from the host's ``CSRFProtect``.

    Our forms check the token themselves to preserve the submitted text, and the API has its own
    cross-site guard. Raises `UnmatchedUrlError`, which the API handles, for unmatched API URLs.
    This is a single hook because it runs on every request to the host.
    """
    if endpoint is None:
        is_ours = any(f"{request.path}/".startswith(f"{prefix}/") for prefix in PREFIXES)
        if is_ours and isinstance(request.routing_exception, _UNMATCHED):
            raise UnmatchedUrlError from request.routing_exception
        return
    name = endpoint.rpartition(".")[0]
    state = find_state(current_app) if name else None
    if state is None or name not in state.blueprint_names:
        return
    request.max_content_length = BODY_MAX_BYTES
    request.max_form_memory_size = BODY_MAX_BYTES
    request.max_form_parts = FORM_PARTS_MAX
    is_form = request.mimetype == "multipart/form-data"
    if is_form and hasattr(current_app.view_functions[endpoint], "accepts_files"):
        config = state.config
        limit = config.attachment_max_bytes * max(config.attachment_max_count, 1)
        request.max_content_length = BODY_MAX_BYTES + _OVERSIZE_FACTOR * limit
        request.form_data_parser_class = UploadParser
    csrf = current_app.extensions.get("csrf")
    if csrf is not None:
        csrf.exempt(current_app.blueprints[name])
