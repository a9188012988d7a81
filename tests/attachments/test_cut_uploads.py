"""Uploads that break off leave nothing: no ticket, no row, no file (rule B3)."""

from __future__ import annotations

import socket
import struct
import time
import urllib.parse
from contextlib import suppress

import pytest

from flask_support_tickets.services.uploads import store_path

from .clients import BOUNDARY, MULTIPART, NEW, UPLOADS, Client, multipart, sha256, ticket_id_of
from .servers import SERVERS, running

CUTS = 20
LOG = b"".join(b"%06d a line of a log\r\n" % number for number in range(12_000))
LAST = f"--{BOUNDARY}--\r\n".encode()
_QUIET_SECONDS = 0.3
_ANSWER_SECONDS = 10


@pytest.fixture
def host_config(tmp_path):
    return {"SUPPORT_TICKETS_STORAGE": f"file://{tmp_path / 'store'}"}


@pytest.fixture(params=SERVERS)
def server(request, settings, alice, tmp_path):
    with running(request.param, settings, tmp_path) as server:
        yield server


@pytest.fixture
def client(server):
    return Client(server.address, "alice")


@pytest.fixture(params=["page", "api"])
def upload(request, client):
    """Return the path and the body of an upload by form or by API."""
    if request.param == "api":
        return UPLOADS, multipart({}, "file", [("cut.log", LOG)])
    return NEW, client.ticket_body(("cut.log", LOG))


def offsets_of(body):
    """Return where to cut: after each boundary, in and around the last one, evenly between."""
    boundary = f"--{BOUNDARY}\r\n".encode()
    found = {0, 1, len(body) - 1, len(body) - 2, len(body) - 4}
    found |= {len(body) - len(LAST) + step for step in (-2, 0, len(BOUNDARY))}
    at = body.find(boundary)
    while at >= 0:
        found.add(at + len(boundary))
        at = body.find(boundary, at + 1)
    missing = CUTS - len(found)
    found |= {len(body) * step // (missing + 1) for step in range(1, missing + 1)}
    assert len(found) == CUTS
    return sorted(found)


def head_of(client, path, *headers):
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Cookie: {client.cookie}"]
    lines += [f"{name}: {value}" for name, value in MULTIPART.items()]
    return "\r\n".join([*lines, *headers, "", ""]).encode()


def send_and_break_off(client, data, manner):
    """Send ``data`` and go: properly, by a reset, or with an open ear for the answer."""
    with socket.create_connection(client.address, timeout=_ANSWER_SECONDS) as connection:
        with suppress(ConnectionError):
            connection.sendall(data)
        if manner == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif manner == "half":
            with suppress(OSError):  # the server may have refused, answered and gone already
                connection.shutdown(socket.SHUT_WR)
            return status_of(connection)
    return None


def status_of(connection):
    """Return the status of the answer; None when the connection ends without one."""
    try:
        with connection.makefile("rb") as stream:
            line = stream.readline()
            stream.read()
    except ConnectionResetError:
        return None
    return int(line.split()[1]) if line else None


def assert_nothing_is_kept(client, kept):
    """Wait until the server has worked off what it got, then look; and look again."""
    assert client.get("/").status == 200
    assert kept() == (0, [], [])
    time.sleep(_QUIET_SECONDS)
    assert kept() == (0, [], [])


def assert_a_whole_one_works(client, path, body, kept):
    answer = client.send("POST", path, body, MULTIPART)
    tickets, [row], paths = kept()
    if path == NEW:
        assert answer.status == 303
        [address] = client.attachments_of(ticket_id_of(answer))
    else:
        assert answer.status == 201
        address = answer.json["data"]["url"]
    assert tickets == (path == NEW)
    assert row.sha256 == sha256(LOG)
    assert paths == [store_path(row.storage_key)]
    assert client.get(address).body == LOG


def chunked(body, size=40_000):
    for start in range(0, len(body), size):
        chunk = body[start : start + size]
        yield b"%x\r\n%b\r\n" % (len(chunk), chunk)


@pytest.mark.parametrize("manner", ["close", "reset", "half"])
def test_a_connection_cut_at_twenty_places_leaves_nothing(client, upload, kept, manner):
    path, body = upload
    head = head_of(client, path, f"Content-Length: {len(body)}")
    for offset in offsets_of(body):
        status = send_and_break_off(client, head + body[:offset], manner)
        assert status in (None, 400), offset
    assert_nothing_is_kept(client, kept)
    assert_a_whole_one_works(client, path, body, kept)


def test_a_length_that_promises_too_much_leaves_nothing(client, upload, kept):
    path, body = upload
    for surplus in (1, 2, 100, 10_000_000):
        head = head_of(client, path, f"Content-Length: {len(body) + surplus}")
        assert send_and_break_off(client, head + body, "half") in (None, 400), surplus
    assert_nothing_is_kept(client, kept)
    assert_a_whole_one_works(client, path, body, kept)


def test_a_length_that_promises_too_little_leaves_nothing(client, upload, kept):
    path, body = upload
    for missing in (3, 100, len(body) // 2, len(body) - 1):
        head = head_of(client, path, f"Content-Length: {len(body) - missing}", "Connection: close")
        assert send_and_break_off(client, head + body, "half") in (None, 400), missing
    assert_nothing_is_kept(client, kept)
    assert_a_whole_one_works(client, path, body, kept)


@pytest.mark.parametrize("manner", ["close", "half"])
def test_a_body_of_unknown_length_that_breaks_off_leaves_nothing(client, upload, kept, manner):
    path, body = upload
    head = head_of(client, path, "Transfer-Encoding: chunked")
    chunks = list(chunked(body))
    whole = b"".join(chunks)
    inside = len(b"".join(chunks[:2])) + 1_000
    for cut in (
        b"", whole[:3], b"".join(chunks[:1]), whole[:inside], b"".join(chunks[:-1]), whole[:-2],
        whole, whole + b"0", whole + b"0\r\n",
    ):  # fmt: skip
        status = send_and_break_off(client, head + cut, manner)
        assert status in (None, 400), len(cut)
    assert_nothing_is_kept(client, kept)
    assert_a_whole_one_works(client, path, body, kept)


def test_a_whole_body_of_unknown_length_works(client, upload, kept):
    path, body = upload
    head = head_of(client, path, "Transfer-Encoding: chunked", "Connection: close")
    status = send_and_break_off(client, head + b"".join(chunked(body)) + b"0\r\n\r\n", "half")
    assert status == (303 if path == NEW else 201)
    _, [row], paths = kept()
    assert row.sha256 == sha256(LOG)
    assert paths == [store_path(row.storage_key)]


def test_a_form_without_files_that_breaks_off_leaves_nothing(settings, alice, kept, tmp_path):
    with running("gunicorn", settings, tmp_path) as server:
        client = Client(server.address, "alice")
        fields = {**client.hidden_fields(), "subject": "S", "description": "word " * 100}
        body = urllib.parse.urlencode(fields).encode()
        lines = [
            f"POST {NEW} HTTP/1.1", "Host: 127.0.0.1", f"Cookie: {client.cookie}",
            "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}",
        ]  # fmt: skip
        head = "\r\n".join([*lines, "", ""]).encode()
        assert send_and_break_off(client, head + body[:-100], "half") in (None, 400)
        assert_nothing_is_kept(client, kept)
