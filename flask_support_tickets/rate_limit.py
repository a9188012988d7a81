"""Register our routes with the host's Flask-Limiter (rule Q2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Flask

from .errors import ConfigurationError


def limit_rate(app: Flask, limit: str | None, blueprints: Iterable[Blueprint]) -> None:
    """Let the app's Flask-Limiter hold ``blueprints`` to ``limit``, such as ``60/minute``.

    Does nothing without a limit: the defaults of a host's limiter hold for our routes anyway.
    Raises `ConfigurationError` where there is no Flask-Limiter, or it cannot read the limit.
    """
    if limit is None:
        return
    limiters: Any = app.extensions.get("limiter")
    if not limiters:
        raise ConfigurationError(
            "SUPPORT_TICKETS_RATE_LIMIT needs Flask-Limiter: call limiter.init_app(app) first."
        )
    from limits import parse_many

    try:
        parse_many(limit)
    except ValueError as error:
        raise ConfigurationError(f"SUPPORT_TICKETS_RATE_LIMIT: {error}") from error
    for limiter in limiters if isinstance(limiters, set) else [limiters]:
        for blueprint in blueprints:
            limiter.limit(limit)(blueprint)
