"""The license gate (rules L1 to L4), evaluated from the app's live config on every request."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from flask import Flask, has_request_context, request
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from .errors import Unavailable

logger = logging.getLogger(__name__)

LicenseCheck = Callable[[Flask], Any]

SWITCHES = (
    'app.config["SUPPORT_TICKETS_ENABLED"] = True, app.config["supportTickets"] = True, '
    'app.config["LICENSE_MODE"] = "MAIN", or "supportTickets" in app.config["LICENSE_FEATURES"]'
)
FEATURE_NAMES = ("supportTickets", "support_tickets")
_CACHE_KEY = "flask_support_tickets.licensed"


def is_on(value: Any) -> bool:
    """Return whether a switch is True, ``1``, ``true``, ``yes`` or ``on``, ignoring case (L2)."""
    return str(value).strip().lower() in ("1", "true", "yes", "on")


def is_licensed(app: Flask, check: LicenseCheck | None = None) -> bool:
    """Return whether Support Tickets are switched on for ``app`` (L1).

    An error raised by the check is logged and closes the gate (L4). A database error raises
    `Unavailable` instead, because the answer is unknown. The result is cached for the request, so
    that the gate cannot close halfway through it.
    """
    if not has_request_context():
        return _known(_evaluate(app, check))
    # A dispatcher can pass one environ through several apps, so the app is part of the key.
    results: dict[int, bool | None] = request.environ.setdefault(_CACHE_KEY, {})
    if id(app) not in results:
        results[id(app)] = _evaluate(app, check)
    return _known(results[id(app)])


def _known(result: bool | None) -> bool:
    if result is None:
        raise Unavailable
    return result


def _evaluate(app: Flask, check: LicenseCheck | None) -> bool | None:
    """Return whether the gate is open, or None if the check met a database error."""
    try:
        if check is None:
            return _is_configured(app.config)
        answer = check(app)
        if inspect.isawaitable(answer):
            raise TypeError("license_check must not be async.")
        return is_on(answer) if isinstance(answer, str) else bool(answer)
    except (DBAPIError, PendingRollbackError, PoolTimeoutError):
        logger.exception("The license check for Support Tickets met a database error.")
        with suppress(DBAPIError):  # PostgreSQL rejects statements until a rollback
            app.extensions["sqlalchemy"].session.rollback()
        return None
    except Exception:
        logger.exception("The license check for Support Tickets failed; the feature is off.")
        return False


def _is_configured(config: Mapping[str, Any]) -> bool:
    return (
        str(config.get("LICENSE_MODE", "CONSUMER")).strip().upper() == "MAIN"
        or is_on(config.get("supportTickets"))
        or is_on(config.get("SUPPORT_TICKETS_ENABLED"))
        or _lists_feature(config.get("LICENSE_FEATURES"))
    )


def _lists_feature(features: Mapping[str, Any] | Iterable[str] | None) -> bool:
    if isinstance(features, Mapping):
        return any(is_on(features.get(name)) for name in FEATURE_NAMES)
    if isinstance(features, str):
        features = [name.strip() for name in features.split(",")]
    return features is not None and any(name in FEATURE_NAMES for name in features)
