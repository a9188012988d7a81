"""The user's language and time zone, as selected by the policy, Flask-Babel or the config."""

from __future__ import annotations

import logging
from datetime import UTC, tzinfo
from typing import Any, cast

from flask import current_app, has_request_context, request
from flask_login import current_user

from ..config import Config
from ..current import current_tickets, find_state
from ..errors import ConfigurationError
from ..i18n import BY_BROWSER, SOURCE, Languages, has_babel
from ..policy import Policy
from ..setting_parsers import find_time_zone

logger = logging.getLogger(__name__)


def build_languages(config: Config) -> Languages:
    """Return the app's languages. Raises `ConfigurationError` if ``locale`` has no catalog."""
    languages = Languages(config.translations, config.locale, lambda: _ask_policy("locale"))
    if config.locale not in (None, BY_BROWSER) and languages.find(config.locale) is None:
        raise ConfigurationError(
            f"SUPPORT_TICKETS_LOCALE: there are no translations for {config.locale!r}. Known: "
            f"{', '.join([BY_BROWSER, *languages.tags])}; SUPPORT_TICKETS_TRANSLATIONS adds more."
        )
    return languages


def current_time_zone() -> tzinfo:
    """Return the user's time zone from the policy, Flask-Babel or the config (rule V2)."""
    name = _ask_policy("time_zone") if has_request_context() else None
    zone = find_time_zone(name) if name else None
    if zone is None and has_babel():
        from flask_babel import get_timezone

        try:
            zone = get_timezone()
        except Exception:  # from the host's selector
            logger.warning("Flask-Babel could not select a time zone.", exc_info=True)
    return zone or find_time_zone(current_tickets.config.timezone) or UTC


def language_for(locale: str | None) -> str:
    """Return ``locale``, or the app's default language. Never depends on a request."""
    configured = current_tickets.config.locale
    if configured == BY_BROWSER:
        configured = None
    return locale or configured or _babel_default("default_locale") or SOURCE


def time_zone_for(name: str | None) -> tzinfo:
    """Return the time zone with this name, or the app's default. Never depends on a request."""
    names = (name, _babel_default("default_timezone"), current_tickets.config.timezone)
    return next(filter(None, (find_time_zone(each) for each in names if each)), UTC)


def _babel_default(name: str) -> str | None:
    found = getattr(current_app.extensions["babel"], name, None) if has_babel() else None
    return str(found) if found else None


def _ask_policy(method: str) -> str | None:
    """Return the result of the policy's ``locale`` or ``time_zone``, cached for the request.

    If the policy fails or does not return a string, this is logged and ignored, because even the
    host's error page needs messages.
    """
    state = find_state(current_app)
    if state is None or getattr(type(state.policy), method) is getattr(Policy, method):
        return None
    # A dispatcher can pass one environ through several apps, so the app is part of the key.
    key = f"flask_support_tickets.{method}.{id(state.app)}"
    if key not in request.environ:
        request.environ[key] = None  # in case the policy itself needs a message
        try:
            user: Any = current_user._get_current_object()
            result = getattr(state.policy, method)(user) if user.is_authenticated else None
        except Exception:
            logger.exception("Policy.%s failed.", method)
            return None
        if result is None or isinstance(result, str):
            request.environ[key] = result
        else:
            logger.warning("Policy.%s returned %r, which is not a string.", method, result)
    return cast("str | None", request.environ[key])
