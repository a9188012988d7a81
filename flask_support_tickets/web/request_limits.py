"""Raise the host's request size limits for our own routes.

Runs as an ``app_url_value_preprocessor``: earlier than any ``before_request`` of the host.
"""

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

#: 20,000 characters, percent-encoded or as JSON escapes at 12 bytes each, and room for the rest.
BODY_MAX_BYTES = 1024 * 1024
#: Fields and files of one form.
FORM_PARTS_MAX = 1_000
#: How many times the limit is read through and let go, so that the answer can say what was wrong
#: and keep what was typed; beyond that the body is refused by its length.
_READ_THROUGH = 4

PREFIXES = ("/api/tickets", "/api/ticket-comments", UPLOADS_PATH)
#: What routing raises for no rule; anything else (an untrusted host, say) is not about us.
_UNMATCHED = (NotFound, MethodNotAllowed, RequestRedirect)


class UnmatchedUrlError(Exception):
    """A URL at or below `PREFIXES` that no rule matches; its cause is what routing raised."""


def accepts_files(view: V) -> V:
    """Declare that a view accepts forms with files. Goes below what registers the view."""
    view.accepts_files = True  # type: ignore[attr-defined]
    return view


def bad_body_status() -> int | None:
    """Return 413 for a body over the limit, 400 for one that was cut off, else None.

    Werkzeug silently cuts off a body of unknown length at the limit, and some servers run the view
    although fewer bytes came than were announced. The parser of forms with files checks both.
    """
    length = request.content_length
    if request.mimetype == "multipart/form-data":
        return None
    if length is None:
        return 413 if len(request.get_data()) >= BODY_MAX_BYTES else None
    return 400 if len(request.get_data()) < length else None


def apply_request_limits(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Set the body limit of our routes, and leave them out of the host's ``CSRFProtect``.

    The pages and the admin check a token of their own, so that what was typed is kept; the API
    has its cross-site guard. URLs at or below `PREFIXES` that no rule matches raise
    `UnmatchedUrlError`, which the API answers; all others stay the host's. One hook for all of
    this, since every request of the host pays for it.
    """
    if endpoint is None:
        path = request.path
        is_ours = any(path == prefix or path.startswith(f"{prefix}/") for prefix in PREFIXES)
        if is_ours and isinstance(request.routing_exception, _UNMATCHED):
            raise UnmatchedUrlError from request.routing_exception
        return
    name = endpoint.rpartition(".")[0]
    if not name:  # quick for most of what is not ours
        return
    state = find_state(current_app)
    if state is None or name not in state.blueprint_names:
        return
    request.max_content_length = BODY_MAX_BYTES
    request.max_form_memory_size = BODY_MAX_BYTES
    request.max_form_parts = FORM_PARTS_MAX
    is_form = request.mimetype == "multipart/form-data"
    if is_form and hasattr(current_app.view_functions[endpoint], "accepts_files"):
        config = state.config
        limit = config.attachment_max_bytes * max(config.attachment_max_count, 1)
        request.max_content_length = BODY_MAX_BYTES + _READ_THROUGH * limit
        request.form_data_parser_class = UploadParser
    csrf = current_app.extensions.get("csrf")
    if csrf is not None:
        csrf.exempt(current_app.blueprints[name])
