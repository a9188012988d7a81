"""Upload files one by one in a process of its own, and print what each cost: seconds, bytes.

``python -m tests.attachments.weigh_upload FOLDER NAME…``; the host keeps everything in FOLDER.
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

from tests.host import User, create_host, db

from .clients import MULTIPART, UPLOADS, multipart
from .samples import picture


def memory(kind: str) -> int:
    """Return ``VmRSS`` or ``VmHWM`` (the most it has been) in bytes."""
    found = re.search(rf"{kind}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def main() -> None:
    folder, *names = sys.argv[1:]
    app = create_host(
        f"sqlite:///{folder}/weigh.db", SUPPORT_TICKETS_STORAGE=f"file://{folder}/files"
    )
    with app.app_context():
        db.create_all()
        db.session.add(User(username="alice", role="user"))
        db.session.commit()
        db.session.remove()
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer alice"
    bodies = [multipart({}, "file", [(name, Path(folder, name).read_bytes())]) for name in names]
    for kind in ("PNG", "JPEG", "GIF"):  # so that all that is loaded once is there
        warm = multipart({}, "file", [(f"warm.{kind.lower()}", picture(kind, "L"))])
        client.post(UPLOADS, data=warm, headers=MULTIPART)
    for body in bodies:
        Path("/proc/self/clear_refs").write_text("5")  # forget the most it has been
        before, start = memory("VmRSS"), time.perf_counter()
        answer = client.post(UPLOADS, data=body, headers=MULTIPART)
        seconds, grown = time.perf_counter() - start, memory("VmHWM") - before
        address = answer.json["data"]["url"] if answer.status_code == 201 else ""
        has_preview = bool(address) and client.get(f"{address}?variant=view").status_code == 200
        print(json.dumps([answer.status_code, seconds, grown, has_preview]))
    with app.app_context():
        db.engine.dispose()


if __name__ == "__main__":
    main()
