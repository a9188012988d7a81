"""A client that costs little: raw sockets that stay open, prepared requests, one thread."""

from __future__ import annotations

import json
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .contestant import USER_AGENT

_TIMEOUT_SECONDS = 60


def prepared(method: str, path: str, cookie: str, body: Any) -> bytes:
    """Return the bytes of a request with a JSON body."""
    content = json.dumps(body).encode()
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: {USER_AGENT}\r\n"
        f"Cookie: {cookie}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


@dataclass
class Load:
    """What came of many requests."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)

    def add(self, other: Load) -> None:
        """Take in another part of the same run."""
        self.seconds += other.seconds
        self.statuses += other.statuses
        self.latencies += other.latencies

    def per_second(self, status: int) -> float:
        """Return the answers with ``status`` in a second."""
        return self.statuses[status] / self.seconds

    def percentile(self, share: float) -> float:
        """Return the latency, in milliseconds, that ``share`` of the answers did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


class _Wire:
    """One open connection with at most one request under way."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.sent_at = 0.0
        self._received = bytearray()
        self._connect()

    def _connect(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port), _TIMEOUT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, request: bytes) -> None:
        """Send a request; connects again when the server has hung up in between."""
        self._received.clear()
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> int | None:
        """Take what has come; return the status once the answer is whole, 0 for a hang-up."""
        part = self.socket.recv(65536)
        if not part:
            self.socket.close()
            self._connect()
            return 0
        self._received += part
        head, mark, body = self._received.partition(b"\r\n\r\n")
        if not mark or len(body) < _length_of(bytes(head)):
            return None
        if b"connection: close" in head.lower():
            self.socket.close()
            self._connect()
        return int(head[9:12])


class Clients:
    """So many clients of one server, each waiting for its answer before it asks again."""

    def __init__(self, port: int, count: int) -> None:
        self._wires = [_Wire(port) for _ in range(count)]

    def load(self, make: Callable[[int], bytes], seconds: float) -> Load:
        """Keep every client busy for so long; ``make(n)`` gives the n-th request."""
        found, number, start = Load(), 0, time.perf_counter()
        with selectors.DefaultSelector() as selector:
            for wire in self._wires:
                wire.send(make(number))
                selector.register(wire.socket, selectors.EVENT_READ, wire)
                number += 1
            waiting = len(self._wires)
            while waiting:
                for key, _ in selector.select(_TIMEOUT_SECONDS):
                    wire, before = key.data, key.data.socket
                    status = wire.receive()
                    if status is None:
                        continue
                    found.statuses[status] += 1
                    found.latencies.append(time.perf_counter() - wire.sent_at)
                    selector.unregister(before)
                    if time.perf_counter() - start < seconds:
                        wire.send(make(number))
                        selector.register(wire.socket, selectors.EVENT_READ, wire)
                        number += 1
                    else:
                        waiting -= 1
        found.seconds = time.perf_counter() - start
        return found

    def race(self, requests: Sequence[bytes]) -> list[int]:
        """Send one request by each client at once and return all statuses."""
        for wire, request in zip(self._wires, requests, strict=True):
            wire.send(request)
        statuses = []
        for wire in self._wires:
            status = None
            while status is None:
                status = wire.receive()
            statuses.append(status)
        return statuses

    def close(self) -> None:
        """Hang up."""
        for wire in self._wires:
            wire.socket.close()


def _length_of(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
