"""TLS for connections to mail servers and webhooks."""

from __future__ import annotations

import ssl
from functools import cache


@cache
def client_context() -> ssl.SSLContext:
    """Return the TLS context of this process.

    Loading the CA certificates takes up to 30 ms. If they change, restart the process.
    """
    return ssl.create_default_context()
