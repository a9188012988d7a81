"""The URL of this site, and whether other URLs belong to it."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, has_request_context, request
from werkzeug.routing import MapAdapter

from .current import current_tickets

_DEFAULT_PORTS = {"http": 80, "https": 443}


def site_adapter() -> MapAdapter | None:
    """Return an adapter that builds URLs without a request, or None without a configured URL."""
    base = current_tickets.config.base_url
    if base is None:
        return current_app.create_url_adapter(None)  # from SERVER_NAME
    url = urlsplit(base)
    return current_app.url_map.bind(url.netloc, url.path or "/", url_scheme=url.scheme)


def script_root() -> str:
    """Return the path under which the app is mounted, such as ``/help``, or an empty string."""
    if has_request_context():
        return request.script_root
    adapter = site_adapter()
    return adapter.script_name.rstrip("/") if adapter else ""


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
