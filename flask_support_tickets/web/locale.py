"""The user's language and time zone, from the policy and Flask-Babel."""

from __future__ import annotations

import logging
from datetime import UTC, tzinfo
from typing import Any, cast

from flask import current_app, request
from flask_login import current_user

from ..config import Config, find_time_zone
from ..current import current_tickets, find_state
from ..errors import ConfigurationError
from ..i18n import BY_BROWSER, Languages, has_babel
from ..policy import Policy

logger = logging.getLogger(__name__)


def build_languages(config: Config) -> Languages:
    """Return the languages of an app. Raises `ConfigurationError` for one without a catalog."""
    languages = Languages(config.translations, config.locale, lambda: _ask_policy("locale"))
    if config.locale not in (None, BY_BROWSER) and languages.find(config.locale) is None:
        raise ConfigurationError(
            f"SUPPORT_TICKETS_LOCALE: there are no translations for {config.locale!r}. Known: "
            f"{', '.join([BY_BROWSER, *languages.known])}; SUPPORT_TICKETS_TRANSLATIONS adds more."
        )
    return languages


def current_time_zone() -> tzinfo:
    """Return the zone to show times in (V2): the policy's, Flask-Babel's, or the config's."""
    name = _ask_policy("time_zone")
    zone = find_time_zone(name) if name else None
    if zone is None and has_babel():
        from flask_babel import get_timezone

        try:
            zone = get_timezone()
        except Exception:  # of the host's selector
            logger.warning("Flask-Babel could not tell the time zone.", exc_info=True)
    return zone or find_time_zone(current_tickets.config.timezone) or UTC


def _ask_policy(question: str) -> str | None:
    """Return what a policy's own ``locale`` or ``time_zone`` says; it is asked once a request.

    A policy that raises, or returns no text, is logged and counts as one that says nothing: this
    is asked for the sentences of error pages, too.
    """
    state = find_state(current_app)
    if state is None or getattr(type(state.policy), question) is getattr(Policy, question):
        return None
    # One environ can pass through several apps (a dispatcher), so the app is part of the key.
    key = f"flask_support_tickets.{question}.{id(state.app)}"
    if key not in request.environ:
        request.environ[key] = None  # whatever the policy asks for has messages as well
        try:
            user: Any = current_user._get_current_object()
            answer = getattr(state.policy, question)(user) if user.is_authenticated else None
        except Exception:
            logger.exception("Policy.%s failed.", question)
            return None
        if answer is None or isinstance(answer, str):
            request.environ[key] = answer
        else:
            logger.warning("Policy.%s returned %r, which is no text.", question, answer)
    return cast("str | None", request.environ[key])
