"""The host in a process of its own, under gunicorn or waitress."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import requests
from flask import Flask

_SETTINGS = "SUPPORT_TICKETS_TESTS_HOST"


class Client(requests.Session):
    """A user, signed in by cookie, of the host at ``address``."""

    def __init__(self, address: tuple[str, int], username: str) -> None:
        super().__init__()
        self.trust_env = False  # no proxy
        self.address = address
        self.post("/login", data={"username": username})

    def request(self, method: Any, url: Any, **options: Any) -> requests.Response:
        host, port = self.address
        options |= {"allow_redirects": False, "timeout": 60}
        return super().request(method, f"http://{host}:{port}{url}", **options)


class Server(NamedTuple):
    address: tuple[str, int]
    process: subprocess.Popen[bytes]
    log: Path


@contextmanager
def running(kind: str, settings: dict[str, Any], folder: Path) -> Iterator[Server]:
    """Run the host under ``kind``, with the arguments of `tests.host.create_host`."""
    log = folder / f"{kind}.log"
    # The port is bound here and handed over, so that no other process can take it.
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener, log.open("ab") as output:
        handle = listener.fileno()
        process = subprocess.Popen(
            [sys.executable, "-m", *_command(kind, handle)],
            cwd=Path(__file__).parents[2],
            env={**os.environ, _SETTINGS: json.dumps(settings)},
            pass_fds=[handle],
            start_new_session=True,
            stdout=output,
            stderr=output,
        )
        server = Server(listener.getsockname(), process, log)
    try:
        yield server
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # it has a process group of its own
        process.wait()


def create_app() -> Flask:
    """Return the host for a process that `running` has started."""
    from tests.host import create_host

    return create_host(**json.loads(os.environ[_SETTINGS]))


def _command(kind: str, handle: int) -> list[str]:
    if kind == "waitress":
        return [__name__, str(handle)]
    bind = f"fd://{handle}"
    return ["gunicorn", f"{__name__}:create_app()", "--bind", bind, "--no-control-socket"]


if __name__ == "__main__":
    import waitress

    with socket.socket(fileno=int(sys.argv[1])) as listener:
        waitress.serve(create_app(), sockets=[listener], threads=4)
