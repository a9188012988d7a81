"""``kill -9`` in the middle of uploads: what was acknowledged is there, whole; the rest goes."""

from __future__ import annotations

import http.client
import io
import random
import secrets
import threading
import time
from datetime import timedelta

import pytest
from PIL import Image

from flask_support_tickets.current import current_tickets
from flask_support_tickets.services import sweep_attachments
from flask_support_tickets.services.uploads import store_path

from .clients import Client, sha256, ticket_id_of
from .servers import running, start

ROUNDS = 30
WORKERS = 2
#: Threads that upload, half of them through the API and half by the form of the page.
UPLOADERS = 4
#: The server is killed when it has acknowledged something, after up to so many seconds more.
LONGEST = 0.6
PATIENCE_SECONDS = 30
TEXT_SIZES = (10, 4_000, 400_000, 1_500_000)
VARIANTS = ("original", "thumbnail", "view")


@pytest.fixture
def host_config(tmp_path):
    return {
        "SUPPORT_TICKETS_STORAGE": f"file://{tmp_path / 'store'}",
        "SQLALCHEMY_ENGINE_OPTIONS": {"connect_args": {"timeout": 30}},
    }


class Crowd:
    """People who upload one file after the other until their server is gone."""

    def __init__(self):
        self.client = None
        #: What was acknowledged: hash, and the path of a file or the id of a ticket.
        self.uploads = []
        self.tickets = []
        self.refusals = []
        self.broken_off = 0

    def go(self, server, seconds):
        """Upload until something is acknowledged, and some seconds more; then kill the server."""
        if self.client is None:
            self.client = Client(server.address, "alice")
        self.client.address = server.address
        tasks = [self.upload, self.file_ticket] * (UPLOADERS // 2)
        threads = [threading.Thread(target=self.go_on, args=[task]) for task in tasks]
        for thread in threads:
            thread.start()
        before, patience = self.acknowledged, time.monotonic() + PATIENCE_SECONDS
        while self.acknowledged == before and time.monotonic() < patience:
            time.sleep(0.01)
        time.sleep(seconds)
        server.kill()
        for thread in threads:
            thread.join()

    @property
    def acknowledged(self):
        return len(self.uploads) + len(self.tickets)

    def go_on(self, task):
        try:
            while True:
                task(*make_file())
        except (OSError, http.client.HTTPException):
            self.broken_off += 1

    def upload(self, name, data):
        answer = self.client.upload(name, data)
        if answer.status == 201:
            self.uploads.append((sha256(data), answer.json["data"]["url"]))
        else:
            self.refusals.append(answer)

    def file_ticket(self, name, data):
        answer = self.client.file_ticket((name, data))
        if answer.status == 303:
            self.tickets.append((sha256(data), ticket_id_of(answer)))
        else:
            self.refusals.append(answer)


def make_file():
    """Return the name and the bytes of a file that nobody has sent before."""
    if random.random() < 0.25:
        target = io.BytesIO()
        Image.frombytes("RGB", (120, 120), random.randbytes(120 * 120 * 3)).save(target, "PNG")
        return "noise.png", target.getvalue()
    return "noise.txt", secrets.token_hex(random.choice(TEXT_SIZES) // 2).encode()


def assert_rows_have_their_files(rows):
    for row in rows:
        with current_tickets.store.open(store_path(row.storage_key)) as file:
            data = file.read()
        assert (len(data), sha256(data)) == (row.size, row.sha256)
        assert row.has_preview == (row.content_type == "image/png")


def paths_of(rows):
    return sorted(
        store_path(row.storage_key, variant)
        for row in rows
        for variant in (VARIANTS if row.has_preview else VARIANTS[:1])
    )


def test_thirty_kills_lose_nothing_acknowledged_and_leave_nothing_that_stays(
    settings, alice, kept, tmp_path
):
    crowd = Crowd()
    for _ in range(ROUNDS):
        server = start("gunicorn", settings, tmp_path, workers=WORKERS)
        crowd.go(server, random.uniform(0, LONGEST))
    assert crowd.refusals == []
    assert crowd.broken_off == ROUNDS * UPLOADERS
    assert crowd.uploads
    assert crowd.tickets
    assert crowd.acknowledged >= ROUNDS

    tickets, rows, paths = kept()
    assert len(rows) >= crowd.acknowledged
    assert tickets >= len(crowd.tickets)
    assert_rows_have_their_files(rows)
    orphans = set(paths) - set(paths_of(rows))
    assert set(paths_of(rows)) <= set(paths)
    assert orphans  # or else no kill has hit the middle of anything

    with running("gunicorn", settings, tmp_path) as server:
        client = Client(server.address, "alice")
        for digest, path in crowd.uploads:
            assert sha256(client.get(path).body) == digest
        for digest, ticket_id in crowd.tickets:
            [path] = client.attachments_of(ticket_id)
            assert sha256(client.get(path).body) == digest

        sweep_attachments(older_than=timedelta(0))
        tickets_then, rows, paths = kept()
        assert tickets_then == tickets == len(rows)
        assert all(row.ticket_id for row in rows)
        assert paths == paths_of(rows)
        for digest, ticket_id in crowd.tickets:
            [path] = client.attachments_of(ticket_id)
            assert sha256(client.get(path).body) == digest
