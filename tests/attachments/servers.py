"""The host as a process of its own, under the servers people run it with."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

ROOT = Path(__file__).parents[2]
#: How the settings of the host reach the process, as JSON.
SETTINGS = "SUPPORT_TICKETS_TESTS_HOST"
SERVERS = ("gunicorn", "waitress")
_START_SECONDS = 30
_STOP_SECONDS = 10


@dataclass
class Server:
    """A server that was started here; ``address`` is its host and port."""

    address: tuple[str, int]
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def worker_pids(self) -> list[int]:
        """The processes that answer requests."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        return [int(child) for child in children.split()] or [pid]

    def kill(self) -> None:
        """End it and all its workers at once, as a power cut would: ``kill -9``."""
        os.killpg(self.process.pid, signal.SIGKILL)  # a group of its own: nobody else is in it
        self.process.wait(_STOP_SECONDS)

    def stop(self) -> None:
        """Ask it to end; insist when it does not."""
        if self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()


@contextmanager
def running(kind: str, settings: dict[str, Any], folder: Path, **options: Any) -> Iterator[Server]:
    """Run `start` and stop the server afterwards."""
    server = start(kind, settings, folder, **options)
    try:
        yield server
    finally:
        server.stop()


def start(
    kind: str,
    settings: dict[str, Any],
    folder: Path,
    *,
    workers: int = 1,
    temporary: Path | None = None,
) -> Server:
    """Start the host under ``kind`` of `SERVERS` and wait until it answers.

    ``settings`` are those of `tests.host.create_host`, with its ``uri``. The log goes to
    ``folder``; ``temporary`` is the folder for the server's temporary files.
    """
    temporary = temporary or folder / "temporary"
    temporary.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        SETTINGS: json.dumps(settings),
        "TMPDIR": str(temporary),
        "NO_PROXY": "127.0.0.1",
    }
    log = folder / f"{kind}.log"
    # Bound here and handed on: the port is never free for somebody else.
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener, log.open("ab") as output:
        process = subprocess.Popen(
            _command(kind, listener.fileno(), workers, folder),
            cwd=ROOT,
            env=environment,
            pass_fds=[listener.fileno()],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        address = listener.getsockname()
    server = Server(address, process, log)
    try:
        _wait_for_answer(server)
    except BaseException:
        server.kill()
        raise
    return server


def create_app() -> Flask:
    """Return the host for a process that `start` has started."""
    from tests.host import create_host

    return create_host(**json.loads(os.environ[SETTINGS]))


def _command(kind: str, handle: int, workers: int, folder: Path) -> list[str]:
    if kind == "waitress":
        return [sys.executable, "-m", __name__, str(handle)]
    return [
        sys.executable, "-m", "gunicorn", f"{__name__}:create_app()", "--bind", f"fd://{handle}",
        "--workers", str(workers), "--timeout", "60", "--no-control-socket",
        "--worker-tmp-dir", str(folder),
    ]  # fmt: skip


def _wait_for_answer(server: Server) -> None:
    """Wait for the first answer; the connection itself waits in the queue of the socket."""
    connection = http.client.HTTPConnection(*server.address, timeout=_START_SECONDS)
    try:
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"the host's home"
    except (OSError, http.client.HTTPException) as error:
        raise RuntimeError(server.log.read_text(encoding="utf-8")) from error
    finally:
        connection.close()


def _serve_with_waitress(handle: int) -> None:
    import waitress

    with socket.socket(fileno=handle) as listener:
        waitress.serve(create_app(), sockets=[listener], threads=4)


if __name__ == "__main__":
    _serve_with_waitress(int(sys.argv[1]))
