"""Under gunicorn and waitress, broken transfers leave nothing behind. Rule B3. Case 74."""

from __future__ import annotations

import socket
import struct
import time
from contextlib import suppress

import pytest

from flask_support_tickets.services.attachments.uploads import store_path

from .clients import BOUNDARY, MULTIPART, NEW, UPLOADS, filled_form, multipart, sha256
from .servers import Client, running

pytestmark = pytest.mark.slow  # starts servers

LOG = b"".join(b"%06d a line of a log\r\n" % number for number in range(12_000))
LAST = f"--{BOUNDARY}--\r\n".encode()


@pytest.fixture(params=["gunicorn", "waitress"])
def server(request, settings, alice, tmp_path):
    with running(request.param, settings, tmp_path) as server:
        yield server


@pytest.fixture
def client(server):
    return Client(server.address, "alice")


def cuts_of(body):
    """Return where to cut: before anything, in a header, in the file, and around the end."""
    return (0, body.find(BOUNDARY.encode(), 2) + len(BOUNDARY) + 2, len(body) // 2,
            len(body) - len(LAST) - 2, len(body) - 4, len(body) - 1)  # fmt: skip


def chunked(body, size=40_000):
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)


def send_and_leave(client, path, data, *headers, manner):
    """Send a request whose body is ``data``; close or reset the connection, or wait for a status.

    Returns None when there was none.
    """
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Cookie: {cookie}"]
    lines += [f"{name}: {value}" for name, value in MULTIPART.items()]
    head = "\r\n".join([*lines, *headers, "Connection: close", "", ""]).encode()
    with socket.create_connection(client.address, timeout=10) as connection:
        with suppress(ConnectionError):
            connection.sendall(head + data)
        if manner == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif manner == "wait":
            with suppress(OSError):  # the server may have answered and closed it already
                connection.shutdown(socket.SHUT_WR)
                line = connection.makefile("rb").readline()
                return int(line.split()[1]) if line else None
    return None


def test_connection_that_breaks_off_leaves_no_ticket_and_no_file(client, kept):
    files = [("cut.log", LOG)]
    bodies = {NEW: filled_form(client, *files), UPLOADS: multipart({}, "file", files)}
    for path, body in bodies.items():
        send_broken_bodies(client, path, body)
    assert client.get("/").status_code == 200
    time.sleep(0.3)  # a request may still be running
    assert kept() == (0, [], [])
    for path, body in bodies.items():
        data, unknown = chunked(body) + b"0\r\n\r\n", "Transfer-Encoding: chunked"
        status = send_and_leave(client, path, data, unknown, manner="wait")
        assert status == (303 if path == NEW else 201)
    tickets, rows, paths = kept()
    assert (tickets, [row.sha256 for row in rows]) == (1, [sha256(LOG)] * 2)
    assert paths == sorted(store_path(row.storage_key) for row in rows)


def send_broken_bodies(client, path, body):
    whole, size = chunked(body), len(body)
    length, unknown = f"Content-Length: {size}", "Transfer-Encoding: chunked"
    for manner in ("close", "reset", "wait"):
        for cut in cuts_of(body):
            status = send_and_leave(client, path, body[:cut], length, manner=manner)
            assert status in (None, 400), cut
        for cut in (3, len(whole) // 2, len(whole) - 2, len(whole)):
            status = send_and_leave(client, path, whole[:cut], unknown, manner=manner)
            assert status in (None, 400), cut
    for announced in (size + 1, size + 10_000_000, size - 3, size // 2):
        lie = f"Content-Length: {announced}"
        assert send_and_leave(client, path, body, lie, manner="wait") in (None, 400), announced
