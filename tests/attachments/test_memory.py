"""Fifty large files pass through one worker, and its memory stays as it was (rule B3)."""

from __future__ import annotations

import hashlib
import random
import re
import shutil
from pathlib import Path

import pytest

from .clients import Client, ticket_id_of
from .servers import running

WARM_UP = 5
FILES = 50
SIZE = 10 * 1024 * 1024
GROWTH_MAX = 30 * 1024 * 1024
MARK = b"PK\x03\x04"

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="there is no /proc: NO MEMORY WAS MEASURED"
)


@pytest.fixture
def host_config(tmp_path):
    folder = tmp_path / "store"
    yield {"SUPPORT_TICKETS_STORAGE": f"file://{folder}"}
    shutil.rmtree(folder)  # pytest would keep more than half a gigabyte


@pytest.fixture
def server(settings, alice, tmp_path):
    with running("gunicorn", settings, tmp_path) as server:
        yield server


@pytest.fixture
def client(server):
    return Client(server.address, "alice")


class Memory:
    """The memory of the one worker of a server, in bytes."""

    def __init__(self, server):
        [pid] = server.worker_pids
        self.status = Path(f"/proc/{pid}/status")

    def read(self, name):
        found = re.search(rf"^{name}:\s+(\d+) kB$", self.status.read_text(), re.MULTILINE)
        return int(found[1]) * 1024

    @property
    def now(self):
        return self.read("VmRSS")

    @property
    def most(self):
        """The most there ever was."""
        return self.read("VmHWM")


@pytest.fixture
def memory(server):
    return Memory(server)


def files(count):
    """Yield archives of `SIZE` bytes, each another one."""
    noise = bytearray(MARK + random.randbytes(SIZE - len(MARK)))
    for number in range(count):
        noise[len(MARK) : len(MARK) + 4] = number.to_bytes(4, "big")
        yield bytes(noise)


def by_api(client, data):
    """Upload a file and return its path."""
    answer = client.upload("noise.zip", data)
    assert answer.status == 201
    return answer.json["data"]["url"]


def by_form(client, data):
    """File a ticket with a file and return its path."""
    [path] = client.attachments_of(ticket_id_of(client.file_ticket(("noise.zip", data))))
    return path


@pytest.mark.parametrize("send", [by_api, by_form])
def test_of_a_worker_does_not_grow_with_the_files_that_pass(client, memory, send):
    before = memory.now
    for number, data in enumerate(files(WARM_UP + FILES)):
        if number == WARM_UP:
            warm = memory.now
        path = send(client, data)
        answer = client.get(path)
        assert hashlib.sha256(answer.body).digest() == hashlib.sha256(data).digest()
        if number >= WARM_UP:
            assert memory.now - warm < GROWTH_MAX
    assert memory.most - before < GROWTH_MAX
