"""A real server on 127.0.0.1: gunicorn, the same for every contestant."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: For speed: few processes, each with one request at a time.
_PROCESSES = ("--workers", "3")
#: For contention: 16 requests are inside the app at once.
_THREADS = ("--workers", "2", "--threads", "8", "--worker-class", "gthread", "--keep-alive", "60")
_DATABASE = "BENCHMARKS_DATABASE"
_CHANGES = "BENCHMARKS_WITHOUT"


def application() -> Any:
    """Return the app that gunicorn serves."""
    from .arena import create_arena_app
    from .switches import switch_off

    for name in filter(None, os.environ.get(_CHANGES, "").split(",")):
        switch_off(name)
    return create_arena_app(os.environ[_DATABASE])


@contextmanager
def serve(uri: str, *, all_at_once: bool = False, without: str = "") -> Iterator[int]:
    """Serve a database and yield the port.

    ``all_at_once`` lets 16 requests into the app at the same time; ``without`` names what is
    switched off.
    """
    port = _free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", "benchmarks.server:application()"),
        *("--bind", f"127.0.0.1:{port}", "--log-level", "warning"),
        *(_THREADS if all_at_once else _PROCESSES),
        *("--no-control-socket",) * _has_control_socket(),
    ]
    environ = os.environ | {_DATABASE: uri, _CHANGES: without}
    root = Path(__file__).parent.parent
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=environ, cwd=root, stdout=log, stderr=log)
        try:
            _wait(port, process, log)
            yield port
        finally:
            process.terminate()
            process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _has_control_socket() -> bool:
    import gunicorn

    return gunicorn.version_info >= (25, 1)


def _wait(port: int, process: subprocess.Popen[bytes], log: Any) -> None:
    """Wait until the server answers. Raises RuntimeError with its log when it does not."""
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    log.seek(0)
    raise RuntimeError(f"The server does not answer.\n{log.read().decode()}")
