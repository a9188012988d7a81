"""The delivery thread of a process: when it runs, and that it ends. Rule O4."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from flask_support_tickets.delivery import thread as thread_module
from flask_support_tickets.delivery.channels import HostChannel
from flask_support_tickets.delivery.thread import DeliveryThread

from ..host import create_host, db
from ..outbox import make_due, rows, use_channels
from .conftest import NOTIFY

TICKET = {"subject": "S", "description": "D"}


@pytest.fixture
def host_config() -> dict[str, Any]:
    return {"TESTING": False, "SUPPORT_TICKETS_NOTIFY": NOTIFY}


@pytest.fixture(autouse=True)
def _fast(monkeypatch):
    monkeypatch.setattr(thread_module, "_POLL_SECONDS", 0.2)
    monkeypatch.setattr(thread_module, "_GATHER_SECONDS", 0.0)


@pytest.fixture
def thread(app) -> Iterator[DeliveryThread]:
    found = app.extensions["support_tickets"].wake_delivery
    yield found
    found.stop()
    found.join(5)


def threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "support-tickets-delivery"]


def wait_until(is_true: Callable[[], Any]) -> None:
    ends_at = time.monotonic() + 20
    while not is_true():
        assert time.monotonic() < ends_at
        time.sleep(0.02)


def test_ticket_of_a_request_is_delivered_by_one_thread(app, thread, sent, client_of, alice, mona):
    assert threads() == []
    client = client_of(alice)
    assert client.post("/api/tickets", json=TICKET).status_code == 201
    wait_until(lambda: len(sent) == 2)
    assert client.get("/").status_code == 200
    assert len(threads()) == 1
    thread.stop()
    thread.join(5)
    assert threads() == []


def test_thread_delivers_what_another_process_left(app, thread, sent, client_of, make_ticket):
    make_ticket()
    client_of(None).get("/")
    wait_until(lambda: len(sent) == 2)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_thread_that_died_is_replaced(app, thread, sent, client_of, make_ticket):
    def die(message: Any) -> None:
        raise SystemExit

    use_channels(app, push=HostChannel(die))
    make_ticket()
    client_of(None).get("/")
    wait_until(lambda: threads() == [])
    use_channels(app, push=HostChannel(sent.append))
    make_due()  # the lease ends
    client_of(None).get("/")
    wait_until(lambda: len(sent) == 2)


def test_idle_thread_holds_no_connection(app, thread, sent, client_of, make_ticket):
    make_ticket()
    client_of(None).get("/")
    wait_until(lambda: len(sent) == 2)
    db.session.remove()
    wait_until(lambda: db.engine.pool.checkedout() == 0)


@pytest.mark.parametrize("reason", ["testing", "no channel", "worker", "command"])
def test_no_thread_without_a_reason(
    app, thread, sent, client_of, make_ticket, reason, database_uri
):
    if reason == "testing":
        app.testing = True
    if reason == "no channel":
        use_channels(app)
    if reason == "worker":
        app = create_host(database_uri, TESTING=False, SUPPORT_TICKETS_DELIVERY="worker")
    make_ticket()  # outside of a request, like a command or a process that only forks
    if reason != "command":
        app.test_client().get("/")
    assert threads() == []


def test_thread_ends_with_its_app(database_uri, tmp_path):
    app = create_host(database_uri, TESTING=False)
    use_channels(app, push=HostChannel(print))
    app.test_client().get("/")
    assert len(threads()) == 1
    thread = app.extensions["support_tickets"].wake_delivery
    with app.app_context():
        db.engine.dispose()
    wait_until(lambda: thread._thread is not None)
    del app
    gc.collect()
    wait_until(lambda: gc.collect() is not None and threads() == [])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_forked_process_starts_a_thread_of_its_own(app, thread, sent, client_of):
    client_of(None).get("/")
    assert thread._thread is not None
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        found = [str(thread._thread)]
        thread_module._can_send = lambda: True
        with app.app_context():
            thread.start()
        found.append(str(thread._thread is not None and thread._thread.is_alive()))
        os.write(writing, " ".join(found).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 1_000) == b"None True"
    assert thread._thread.is_alive()
    os.close(reading)
    os.close(writing)


SCRIPT = """
import sys, time
from tests.delivery.conftest import NOTIFY
from tests.host import create_host, db, tickets, User
from flask_support_tickets import actor_for, unit_of_work
from flask_support_tickets.delivery import thread
from flask_support_tickets.delivery.channels import host_channels
from flask_support_tickets.services import open_ticket

def send(message):
    print("sending", flush=True)
    time.sleep({seconds})
    print("sent", flush=True)

thread._POLL_SECONDS = thread._GATHER_SECONDS = 0
tickets._channels = host_channels({{"push": send}})
app = create_host(sys.argv[1], TESTING=False, SUPPORT_TICKETS_NOTIFY=NOTIFY)
with app.app_context():
    actor = actor_for(db.session.get(User, 1))
    for _ in range(3):
        unit_of_work(open_ticket, actor=actor, subject="S", description="D")
app.test_client().get("/")
time.sleep({after})
print("exit", flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seconds", "output"),
    [(3, ["sending", "exit", "sent"]), (60, ["sending", "exit"])],
)
def test_process_exits_quickly_and_lets_a_message_finish(app, alice, database_uri, seconds, output):
    """A message that takes longer is redelivered when the lease ends."""
    script = SCRIPT.format(seconds=seconds, after=2)
    started = time.monotonic()
    result = subprocess.run(
        [sys.executable, "-c", script, database_uri], capture_output=True, text=True, timeout=50
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.split() == output
    assert time.monotonic() - started < 45
    states = [row.state for row in rows() if row.user_id]
    assert states.count(1) == (1 if seconds == 3 else 0)
    assert [row.claimed_by is None for row in rows() if row.user_id].count(False) in (0, 1, 3)
