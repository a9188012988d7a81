"""Memory of a process that serves 10,000 requests; it runs as a process of its own.

``python -m benchmarks.memory ADDRESS REQUESTS`` prints JSON.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

_FIRST_SHARE = 10


def memory_of(uri: str, requests: int) -> dict[str, float]:
    """Return the resident memory, in MB, after a tenth of the requests and after all of them."""
    command = [sys.executable, "-m", "benchmarks.memory", uri, str(requests)]
    root = Path(__file__).parent.parent
    answer = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise RuntimeError(answer.stderr)
    found: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return found


def main() -> None:
    uri, requests = sys.argv[1], int(sys.argv[2])
    calls = _calls(uri)
    found: dict[str, Any] = {}
    for number in range(1, requests + 1):
        calls[number % len(calls)].run()
        if number == requests // _FIRST_SHARE:
            found["first"] = _resident("VmRSS")
    print(json.dumps(found | {"last": _resident("VmRSS"), "most": _resident("VmHWM")}))


def _calls(uri: str) -> list[Any]:
    """Return a mixture of requests on the host alone: no other contestant is imported."""
    from .contestant import Contestant, WsgiRequest
    from .generate import facts
    from .host import User, cookie_of, create_app, db

    app = create_app(uri)
    with app.app_context():
        known = facts()
        username = db.session.get(User, int(known["user_id"])).username
    staff, user = cookie_of(app, "staff1"), cookie_of(app, username)
    plain, busy, last = known["plain_id"], known["busy_id"], int(known["tickets"]) // 20
    targets = [
        *(("/api/tickets", cookie) for cookie in (staff, user)),
        *((f"/api/tickets?page={page}", staff) for page in (2, last // 2 or 1, last)),
        *((f"/api/tickets?status={name}", staff) for name in ("New", "Closed")),
        (f"/api/tickets?search={known['common_word']}", user),
        (f"/api/ticket-comments/ticket/{plain}", staff),
        (f"/api/ticket-comments/ticket/{busy}?page=2", staff),
        (f"/api/tickets/{plain}", staff),
        ("/settings/ticket", user),
        ("/settings/ticket/new", user),
        ("/admin/tickets/", staff),
        (f"/admin/tickets/{plain}", staff),
        ("/bare", user),
    ]
    return [Contestant(path, WsgiRequest(app, path, cookie)) for path, cookie in targets]


def _resident(kind: str) -> float:
    """Return ``VmRSS`` or ``VmHWM`` (the most it has been) in MB."""
    found = re.search(rf"{kind}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


if __name__ == "__main__":
    main()
