"""TLS for connections to mail servers and webhooks."""

from __future__ import annotations

import ssl
from functools import cache


@cache
def client_context() -> ssl.SSLContext:
    """Return the context that verifies certificates. Loading them takes up to 30 ms."""
    return ssl.create_default_context()
