"""Gunicorn in a process group of its own, which tests kill."""

from __future__ import annotations

import os
import socket
from functools import partial

from gunicorn.app.base import BaseApplication

from tests.host import create_host

TIMEOUT_SECONDS = 60


class Gunicorn(BaseApplication):
    """Gunicorn with an app, on a socket that is already open."""

    def __init__(self, listener, create_app):
        self.options = {
            "bind": f"fd://{listener.fileno()}", "workers": 2, "timeout": TIMEOUT_SECONDS,
            "loglevel": "critical", "control_socket_disable": True,
        }  # fmt: skip
        self.load = create_app
        super().__init__()

    def load_config(self):
        for name, value in self.options.items():
            self.cfg.set(name, value)


def serve(pipe, uri, config, create_app=create_host):
    """Serve the app from a process group of its own, and send its port."""
    os.setsid()
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    pipe.send(listener.getsockname()[1])
    Gunicorn(listener, partial(create_app, uri, **config)).run()
