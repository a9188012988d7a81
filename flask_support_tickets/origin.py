"""Decide whether a URL belongs to this site."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_own_origin(address: str) -> bool:
    """Whether an absolute ``http(s)`` address is on the host that this request was sent to."""
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
        # Behind a proxy that ends TLS the scheme may differ; the default port is left out by both.
        return own_host in (host, f"{host}:{_DEFAULT_PORTS[parts.scheme]}")
    return own_host == f"{host}:{port}"
