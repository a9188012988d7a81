"""The recipes for task queues in ``docs/notifications.md`` run against a real Redis. Rule O4."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from flask_support_tickets.cli import support_tickets_cli
from flask_support_tickets.delivery.channels import HostChannel
from flask_support_tickets.models.notification import NotificationState

from ..outbox import make_due, rows, use_channels
from .conftest import NOTIFY

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/notifications.md").read_text(encoding="utf-8")
REDIS = shutil.which("redis-server", path=f"{os.environ['PATH']}:/usr/bin")
#: Options that keep the programs of the recipes small.
OPTIONS = {
    "Celery": ["--concurrency", "1"],
    "RQ": [],
    "Dramatiq": ["--processes", "1", "--threads", "1"],
}
#: Delivers to a file; the first attempt for alice fails. Notifications for staff wait a second.
APP = """
from pathlib import Path

import tasks
from flask_support_tickets.delivery.channels import HostChannel
from flask_support_tickets.services.notifications import claims
from tests.host import create_host
from tests.outbox import use_channels

claims._FIRST_DELAY_SECONDS = 1.0
folder = Path(__file__).parent


class GroupedChannel(HostChannel):
    is_grouped = True


def push(message):
    with open(folder / "attempts", "a") as file:
        print(message.recipient.name, message.ticket.id, file=file)
    if (folder / "attempts").read_text() == "alice 1\\n":
        raise OSError("the first attempt fails")


app = create_host({uri!r}, **{config!r}, SUPPORT_TICKETS_DELIVERY=tasks.enqueue)
use_channels(app, push=GroupedChannel(push))
"""
OPEN_TICKET = """
from app import app
from flask_support_tickets import actor_for, unit_of_work
from flask_support_tickets.services import open_ticket
from tests.host import User, db

with app.app_context():
    alice = actor_for(db.session.scalar(db.select(User).filter_by(username="alice")))
    unit_of_work(open_ticket, actor=alice, subject="S", description="D")
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(REDIS is None, reason="redis-server is not installed"),
]


@pytest.fixture
def host_config() -> dict[str, Any]:
    return {"SUPPORT_TICKETS_NOTIFY": NOTIFY, "SUPPORT_TICKETS_NOTIFY_DELAY_SECONDS": 1}


@contextmanager
def run_program(command: list[str], folder: Path, **environment: str) -> Iterator[None]:
    """Run a program, with its children, until the block ends."""
    variables = os.environ | {"PYTHONPATH": f"{folder}:{ROOT}"} | environment
    with open(folder / "log", "a") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=variables,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def run_redis(folder: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = ["--bind", "127.0.0.1", "--port", str(port)]
    with run_program([str(REDIS), *address, "--save", "", "--dir", str(folder)], folder):
        wait_until(lambda: is_listening(port))
        yield f"redis://localhost:{port}"


def is_listening(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def wait_until(is_true: Callable[[], Any], seconds: float = 90) -> None:
    ends_at = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < ends_at
        time.sleep(0.1)


def read_recipe(name: str) -> tuple[str, list[str]]:
    """Return the module and the command of the recipe with this name, as they are printed."""
    found = re.search(
        rf"^`tasks\.py` for {name}, started with `([^`]+)`:\n\n```python\n(.*?)^```$",
        PAGE,
        re.M | re.S,
    )
    assert found is not None
    return found[2], shlex.split(found[1])


@pytest.mark.parametrize("name", list(OPTIONS))
def test_recipe_delivers_now_later_and_again_and_survives_without_a_broker(
    app, database_uri, host_config, alice, mona, tmp_path, name
):
    code, command = read_recipe(name)
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "app.py").write_text(APP.format(uri=database_uri, config=host_config))

    def open_ticket() -> None:
        script = [sys.executable, "-c", OPEN_TICKET]
        variables = os.environ | {"PYTHONPATH": f"{folder}:{ROOT}"}
        subprocess.run(script, check=True, timeout=60, cwd=folder, env=variables)

    with run_redis(folder) as url:
        (folder / "tasks.py").write_text(code.replace("redis://localhost:6379", url))
        program = [str(Path(sys.executable).with_name(command[0])), *command[1:], *OPTIONS[name]]
        with run_program(program, folder, RQ_REDIS_URL=url):
            open_ticket()
            wait_until(lambda: {row.state for row in rows()} == {NotificationState.Sent})
    attempts = (folder / "attempts").read_text().splitlines()
    assert sorted(attempts) == ["alice 1", "alice 1", "mona 1"]
    open_ticket()  # nobody answers at the broker's port
    assert {row.state for row in rows() if row.ticket_id == 2} == {NotificationState.Pending}
    messages: list[Any] = []
    use_channels(app, push=HostChannel(messages.append))
    make_due()
    assert app.test_cli_runner().invoke(support_tickets_cli, ["deliver"]).exit_code == 0
    assert sorted(each.recipient.name for each in messages) == ["alice", "mona"]
