"""The example app as a site that a browser can visit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from example_app import create_app


class Quiet(WSGIRequestHandler):
    """A request handler that logs nothing and keeps connections open."""

    protocol_version = "HTTP/1.1"

    def log(self, *args: Any) -> None:
        """Log nothing."""


def make_site(folder: Path, **config: Any) -> Flask:
    """Return the example app with its accounts and no tickets, in ``folder``."""
    return create_app(
        {
            "TESTING": True,
            "SECRET_KEY": "only for tests",
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'site.db'}",
            "SUPPORT_TICKETS_STORAGE": f"file://{folder / 'files'}",
            **config,
        },
        instance_path=folder,
    )


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve ``app`` and yield its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
