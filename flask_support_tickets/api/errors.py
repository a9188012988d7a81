"""Render errors raised by views or by Flask as JSON responses."""

from __future__ import annotations

import logging
from typing import Any

from flask import Blueprint, Response, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, InternalServerError

from ..errors import DomainError, NotAllowed, NotFound, Unavailable
from ..i18n import lazy_gettext
from ..storage import MissingFile
from ..transaction import unavailable_error

logger = logging.getLogger(__name__)

STATUS_BY_CODE = {
    "malformed_json": 400,
    "not_authenticated": 401,
    "not_allowed": 403,
    "feature_not_licensed": 403,
    "cross_site_request": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "invalid_transition": 409,
    "comments_not_allowed": 409,
    "idempotency_conflict": 409,
    "precondition_failed": 412,
    "too_large": 413,
    "unsupported_media_type": 415,
    "range_not_satisfiable": 416,
    "invalid": 422,
    "too_many_requests": 429,
    "internal_error": 500,
    "unavailable": 503,
    "storage_full": 507,
}
#: For errors raised outside this package, such as an ``abort()`` in one of the host's hooks.
_CODE_BY_STATUS = {
    status: code
    for code, status in reversed(STATUS_BY_CODE.items())
    if status not in (403, 409, 412, 422, 507)
}
_MESSAGES: dict[str, Any] = {
    "malformed_json": lazy_gettext("The request body is malformed or incomplete."),
    "not_authenticated": lazy_gettext("Sign in to continue."),
    "feature_not_licensed": lazy_gettext("Support tickets aren't enabled."),
    "cross_site_request": lazy_gettext("Requests from other sites aren't allowed."),
    "method_not_allowed": lazy_gettext("This URL doesn't support this method."),
    "too_large": lazy_gettext("The request body is too large."),
    "unsupported_media_type": lazy_gettext("This URL expects a different content type."),
    "range_not_satisfiable": lazy_gettext("The file doesn't have the requested range."),
    "too_many_requests": lazy_gettext("Too many requests. Please wait a moment and try again."),
    "internal_error": lazy_gettext("Something went wrong on our end. Please try again later."),
    **{error.code: error.default_message for error in (NotAllowed, NotFound, Unavailable)},
}
_LIMITED_SECONDS = 60


class ApiError(DomainError):
    """A request was rejected before a use case ran. ``code`` is a key of `STATUS_BY_CODE`."""

    def __init__(self, code: str, message: str | None = None) -> None:
        super().__init__(message or str(_MESSAGES[code]))
        self.code = code


def error_response(error: DomainError) -> Response:
    """Return the JSON response for ``error``, with the HTTP status for its code."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.fields is not None:
        body["fields"] = error.fields
    if error.status is not None:
        body["status"] = error.status
    response = jsonify({"success": False, "error": body})
    response.status_code = STATUS_BY_CODE[error.code]
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Session realm="Support Tickets"'
    if error.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def register_error_handlers(blueprint: Blueprint) -> None:
    """Render all errors in ``blueprint`` as JSON."""
    blueprint.register_error_handler(DomainError, error_response)
    blueprint.register_error_handler(HTTPException, _http_error_response)
    for status in _CODE_BY_STATUS:  # overrides the host's handler for this status
        blueprint.register_error_handler(status, _http_error_response)
    blueprint.register_error_handler(MissingFile, _missing_file_response)
    blueprint.register_error_handler(DBAPIError, _database_error_response)
    blueprint.register_error_handler(PoolTimeoutError, _database_error_response)


def _http_error_response(error: HTTPException) -> ResponseReturnValue | HTTPException:
    if error.response is not None or error.code is None or error.code < 400:
        return error
    if error.code not in _CODE_BY_STATUS:  # a guard of the host, whose reason we do not know
        return _hosts_error_response(error)
    response = error_response(ApiError(_CODE_BY_STATUS[error.code]))
    response.status_code = error.code
    for name in ("Retry-After", "Allow", "WWW-Authenticate", "Content-Range"):
        if value := error.get_response().headers.get(name):
            response.headers[name] = value
    if error.code == 429:  # the host's limiter might not send the header
        response.headers.setdefault("Retry-After", str(_LIMITED_SECONDS))
    return response


def _hosts_error_response(error: HTTPException) -> ResponseReturnValue | HTTPException:
    """Return what the host returns for ``error`` outside our blueprints."""
    handlers = current_app.error_handler_spec[None]
    for code in (error.code, None):
        for kind in type(error).__mro__:
            if handler := handlers[code].get(kind):
                response: ResponseReturnValue = current_app.ensure_sync(handler)(error)
                return response
    return error


def _missing_file_response(error: MissingFile) -> Response:
    logger.error("An attachment's file is missing: %s.", error)
    return error_response(NotFound())


def _database_error_response(error: Exception) -> Response:
    unavailable = unavailable_error(error)
    if unavailable is None:
        logger.error("A database statement failed.", exc_info=error)
        return _http_error_response(InternalServerError())  # type: ignore[return-value]
    logger.warning("The database is unavailable.", exc_info=error)
    return error_response(unavailable)
