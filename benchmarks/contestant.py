"""One request, made by calling a WSGI app: no socket, no test client, the same for everybody."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

#: Flask-Login writes the session anew for whoever comes with another one than at the sign-in.
USER_AGENT = "benchmarks"
#: Runs once, and returns the HTTP status and the body.
Call = Callable[[], tuple[int, bytes]]


class BrokenAnswerError(Exception):
    """Something that is measured does not work."""


@dataclass(frozen=True)
class Contestant:
    """Something that is measured: a request, or a bare function that stands for one."""

    name: str
    call: Call
    status: int = 200
    #: The engine of SQLAlchemy whose statements are counted, or how many are sent by hand.
    statements: Any = None

    def run(self) -> bytes:
        """Run it once and return the body. Raises `BrokenAnswerError` for another status."""
        status, body = self.call()
        if status != self.status:
            raise BrokenAnswerError(f"{self.name}: {status} {body[:300]!r}")
        return body


class WsgiRequest:
    """A request with a prepared environ; a call hands a copy of it to the app."""

    def __init__(self, app: Any, target: str, cookie: str = "", **headers: str) -> None:
        path, _, query = target.partition("?")
        self._app = app
        self._received: list[tuple[str, str]] = []
        self._environ = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path),
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_ACCEPT": "*/*",
            "HTTP_USER_AGENT": USER_AGENT,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        if cookie:
            self._environ["HTTP_COOKIE"] = cookie
        self._environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}

    def __call__(self) -> tuple[int, bytes]:
        environ = self._environ.copy()
        environ["wsgi.input"] = io.BytesIO()
        status = ""

        def start_response(line: str, headers: Any, exc_info: Any = None) -> None:
            nonlocal status
            status = line
            self._received = headers

        parts = self._app(environ, start_response)
        try:
            body = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        return int(status[:3]), body

    def header(self, name: str) -> str:
        """Return a header of the last answer."""
        return dict(self._received).get(name, "")
