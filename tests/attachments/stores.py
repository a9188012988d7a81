"""An object store, and the ways it can fail."""

from __future__ import annotations

import secrets
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import fsspec
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

STALL_SECONDS = 60
Wsgi = Callable[..., Any]


class Faults:
    """WSGI middleware that lets requests fail, as object stores and networks do."""

    def __init__(self) -> None:
        self.is_over = threading.Event()
        self.fail(None)

    def wrap(self, app: Wsgi) -> Wsgi:
        def answer(environ: dict[str, Any], start_response: Wsgi) -> Any:
            self.requests.append(environ["REQUEST_METHOD"])
            fails = len(self.requests) - 1 in self._failing
            return (self._fault if fails and self._fault else app)(environ, start_response)

        return answer

    def fail(self, fault: Wsgi | None, *, after: int = 0, times: int = sys.maxsize) -> None:
        """Answer ``after`` requests as usual, then let the next ``times`` fail."""
        #: The methods of the requests from now on.
        self.requests: list[str] = []
        self._fault, self._failing = fault, range(after, after + times)

    def work(self) -> None:
        """Answer everything as usual, and end what stalls."""
        self.fail(None)
        self.is_over.set()
        self.is_over = threading.Event()

    def answer_500(self, environ: dict[str, Any], start_response: Wsgi) -> list[bytes]:
        return _answer(environ, start_response, "500 INTERNAL SERVER ERROR")

    def answer_200_and_do_nothing(self, environ: dict[str, Any], start_response: Wsgi) -> Any:
        return _answer(environ, start_response, "200 OK")

    def answer_too_little(self, environ: dict[str, Any], start_response: Wsgi) -> list[bytes]:
        return _answer(environ, start_response, "200 OK", b"short", 5_000)

    def stall(self, environ: dict[str, Any], start_response: Wsgi) -> list[bytes]:
        self.is_over.wait(STALL_SECONDS)
        return _answer(environ, start_response, "500 INTERNAL SERVER ERROR")

    def reset(self, environ: dict[str, Any], start_response: Wsgi) -> list[bytes]:
        environ["wsgi.input"].read(_length(environ) // 2)
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        raise ConnectionResetError


def _answer(
    environ: dict[str, Any], start_response: Wsgi, status: str, body: bytes = b"", length: int = 0
) -> list[bytes]:
    environ["wsgi.input"].read(_length(environ))
    start_response(status, [("Content-Length", str(length)), ("Connection", "close")])
    return [body]


def _length(environ: dict[str, Any]) -> int:
    return int(environ.get("CONTENT_LENGTH") or 0)


class _Handler(MotoRequestHandler):
    def handle_expect_100(self) -> bool:
        return True  # Werkzeug answers it; two answers would stop aiohttp's read timeout

    def log(self, *args: Any) -> None:
        """Log nothing."""


@contextmanager
def new_store(faults: Faults | None = None) -> Iterator[dict[str, Any]]:
    """Run an object store, and yield the settings of a host that uses a new bucket of it."""
    app: Wsgi = DomainDispatcherApplication(create_backend_app)
    app = faults.wrap(app) if faults else app
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    bucket = f"bucket-{secrets.token_hex(4)}"  # one process has one set of buckets
    endpoint = f"http://127.0.0.1:{server.server_port}"
    options = {"key": "k", "secret": "s", "endpoint_url": endpoint}
    try:
        fsspec.filesystem("s3", skip_instance_cache=True, **options).mkdir(bucket)
        yield {
            "SUPPORT_TICKETS_STORAGE": f"s3://{bucket}/prefix",
            "SUPPORT_TICKETS_STORAGE_OPTIONS": options,
        }
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
