"""The sender of emails."""

from __future__ import annotations

import logging
from functools import cache

from flask import current_app

from ...current import current_tickets
from ...errors import ConfigurationError
from ...mail_settings import Sender, parse_sender

logger = logging.getLogger(__name__)

_DEFAULT_KEY = "MAIL_DEFAULT_SENDER"


def find_sender() -> Sender | None:
    """Return the configured sender, or None. A missing sender is logged once."""
    sender = current_tickets.config.mail_from
    if sender is not None:
        return sender
    value = current_app.config.get(_DEFAULT_KEY)
    try:
        sender = parse_sender(_DEFAULT_KEY, value)
        problem = f"Set SUPPORT_TICKETS_MAIL_FROM or {_DEFAULT_KEY}."
    except ConfigurationError as error:
        problem = str(error)
    if sender is None:
        _warn(problem)
    return sender


@cache
def _warn(problem: str) -> None:
    logger.warning("No emails are sent. %s", problem)
