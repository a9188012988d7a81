"""The API blueprint, with its license, sign-in and cross-site checks."""

from __future__ import annotations

from flask import Blueprint, Response
from werkzeug.exceptions import MethodNotAllowed

from ..current import current_tickets
from ..errors import NotFound
from ..i18n import may_depend_on_browser
from ..web.fetch_metadata import is_cross_site_write
from ..web.identity import current_actor
from ..web.request_limits import UnmatchedUrlError
from .errors import ApiError, error_response, register_error_handlers

api = Blueprint("support_tickets_api", __name__, url_prefix="/api")
register_error_handlers(api)


@api.app_errorhandler(UnmatchedUrlError)
def answer_unmatched_url(error: UnmatchedUrlError) -> Response:
    """Return 405 with an ``Allow`` header if the URL exists, otherwise 404."""
    if not isinstance(error.__cause__, MethodNotAllowed):
        return private(error_response(NotFound()))
    response = error_response(ApiError("method_not_allowed"))
    response.headers["Allow"] = ", ".join(sorted(error.__cause__.valid_methods or ()))
    return private(response)


@api.before_request
def guard() -> Response | None:
    """Reject unlicensed, unauthenticated and cross-site requests, in that order."""
    if not current_tickets.is_licensed:
        return error_response(ApiError("feature_not_licensed"))
    if current_actor() is None:
        return error_response(ApiError("not_authenticated"))
    if is_cross_site_write():
        return error_response(ApiError("cross_site_request"))
    return None


@api.after_request
def private(response: Response) -> Response:
    """Keep responses out of shared caches, and keep browsers from sniffing or running them."""
    response.headers.setdefault("Cache-Control", "private, no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault(
        "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"
    )
    response.vary.update(["Cookie", "Authorization"])
    if may_depend_on_browser():
        response.vary.add("Accept-Language")
    return response
