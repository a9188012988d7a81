"""Decide whether a URL belongs to this site."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_own_origin(address: str) -> bool:
    """Return whether an absolute ``http(s)`` URL points to the host of the current request."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return False
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    own_host = request.host.lower()
    if port in (None, _DEFAULT_PORTS[parts.scheme]):
        # Behind a TLS-terminating proxy, the schemes can differ; both omit their default port.
        return own_host in (host, f"{host}:{_DEFAULT_PORTS[parts.scheme]}")
    return own_host == f"{host}:{port}"
