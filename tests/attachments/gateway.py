"""A gateway in front of an object store that fails in the ways stores and networks fail."""

from __future__ import annotations

import http.client
import socket
import struct
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

STALL_SECONDS = 30
_ERROR = b"<Error><Code>InternalError</Code><Message>We made a mistake.</Message></Error>"
#: Headers of one connection, which are not handed on.
_OF_THE_CONNECTION = {"connection", "transfer-encoding", "content-length", "date", "server"}


class Gateway:
    """Hands requests on to the store at ``upstream`` for as long as it has no fault."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        self.upstream = upstream
        #: What was asked for since it began to fail or to work.
        self.requests: list[str] = []
        #: Ends what stalls.
        self.over = threading.Event()
        self.address = ("127.0.0.1", 0)
        self._fault: Fault | None = None
        #: The numbers of the requests that go wrong.
        self._wrong = range(0)
        self._lock = threading.Lock()
        self.listen()

    def listen(self) -> None:
        """Take connections, always at the same port."""
        self._server = _Server(self.address, _Handler)
        self._server.gateway = self
        self.address = ("127.0.0.1", self._server.server_port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.05])
        self._thread.start()

    def refuse(self) -> None:
        """Take no connections until `listen`."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def fail(self, fault: Fault, *, after: int = 0, times: int = sys.maxsize) -> None:
        """Show ``fault`` at some requests, or all, when the next few have been handed on."""
        with self._lock:
            self._fault, self._wrong, self.requests = fault, range(after, after + times), []

    def work(self) -> None:
        """Hand everything on again."""
        with self._lock:
            self._fault, self.requests = None, []

    def next_fault(self, request: str) -> Fault | None:
        """Return what shall happen to ``request``, unless it is handed on."""
        with self._lock:
            self.requests.append(request)
            return self._fault if len(self.requests) - 1 in self._wrong else None

    def close(self) -> None:
        self.over.set()
        self.refuse()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    gateway: Gateway

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: connections that break are what this is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def answer(self) -> None:
        self.close_connection = True
        fault = self.server.gateway.next_fault(f"{self.command} {self.path}")
        (fault or _Handler.hand_on)(self)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer

    def hand_on(self) -> None:
        connection = http.client.HTTPConnection(*self.server.gateway.upstream, timeout=10)
        try:
            headers = {**self.headers, "Connection": "close"}
            connection.request(self.command, self.path, self.read_body(), headers)
            answer = connection.getresponse()
            self.send(answer.status, answer.read(), **answer.headers)
        finally:
            connection.close()

    def read_body(self, share: float = 1) -> bytes:
        return self.rfile.read(int(int(self.headers.get("Content-Length", 0)) * share))

    def send(self, status: int, body: bytes, *, length: int | None = None, **headers: str) -> None:
        if self.command == "HEAD":
            length = int(headers.get("Content-Length", 0))
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in _OF_THE_CONNECTION:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


Fault = Callable[[_Handler], None]


def answer_500(handler: _Handler) -> None:
    """Say that something went wrong."""
    handler.read_body()
    handler.send(500, _ERROR)


def stall(handler: _Handler) -> None:
    """Read what comes, and say nothing for a long time."""
    handler.read_body()
    handler.server.gateway.over.wait(STALL_SECONDS)


def reset_in_the_middle(handler: _Handler) -> None:
    """Read half of what comes, and break the connection."""
    handler.read_body(0.5)
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()


def answer_too_little(handler: _Handler) -> None:
    """Say that all is well, and send less of an answer than announced."""
    if handler.command == "HEAD":  # there is nothing to send less of
        handler.hand_on()
        return
    handler.read_body()
    handler.send(200, b"short", length=5_000)


def answer_nothing(handler: _Handler) -> None:
    """Say that all is well, with nothing done."""
    handler.read_body()
    handler.send(200, b"")


FAULTS = (answer_500, stall, reset_in_the_middle, answer_too_little, answer_nothing)
