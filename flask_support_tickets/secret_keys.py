"""The app's secret keys, for signatures in emails."""

from __future__ import annotations

from flask import current_app


def secret_keys() -> list[bytes]:
    """Return the keys, oldest first. The last one signs; the others only verify."""
    keys = [*(current_app.config.get("SECRET_KEY_FALLBACKS") or []), current_app.secret_key]
    return [key.encode() if isinstance(key, str) else key for key in keys if key is not None]
