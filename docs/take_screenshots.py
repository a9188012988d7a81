"""Take the screenshots of the documentation again: ``make screenshots``. Needs chromium."""

from __future__ import annotations

import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from example_app import create_app

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
WIDE, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
#: Name of the picture: who looks, which page.
PAGES = {
    "user-list": ("alice", "/settings/ticket"),
    "user-new": ("alice", "/settings/ticket/new"),
    "user-thread": ("alice", "{thread}"),
    "admin-list": ("mona", "/admin/tickets/"),
    "admin-detail": ("mona", "{detail}"),
}


class Quiet(WSGIRequestHandler):
    """Logs nothing."""

    def log(self, *args: Any) -> None:
        """Say nothing."""


def main(folder: Path) -> None:
    """Write ``NAME.png``, ``NAME-dark.png`` and ``NAME-phone.png`` for every page."""
    with tempfile.TemporaryDirectory() as instance:
        app = create_app(instance_path=instance)
        places = _interesting_tickets(app)
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for name, (person, path) in PAGES.items():
                url = f"http://127.0.0.1:{server.port}{path.format(**places)}"
                _take(browser, person, url, folder / f"{name}.png", WIDE, "light")
                _take(browser, person, url, folder / f"{name}-dark.png", WIDE, "dark")
                _take(browser, person, url, folder / f"{name}-phone.png", PHONE, "light")
            browser.close()
        server.shutdown()


def _interesting_tickets(app: Any) -> dict[str, str]:
    """Return the addresses of alice's resolved ticket and of a lively one in progress."""
    client = app.test_client()
    client.post("/login", data={"username": "alice", "password": "demo"})
    own = client.get("/api/tickets?pageSize=100").json["data"]["tickets"]
    client.post("/login", data={"username": "mona", "password": "demo"})
    lively = client.get("/api/tickets?status=InProgress&pageSize=100").json["data"]["tickets"]
    resolved = [ticket for ticket in own if ticket["status"] == 2] or own
    thread = max(resolved, key=lambda ticket: ticket["commentCount"])
    detail = max(lively, key=lambda ticket: ticket["commentCount"])
    return {
        "thread": f"/settings/ticket/{thread['id']}",
        "detail": f"/admin/tickets/{detail['id']}",
    }


def _take(browser: Browser, person: str, url: str, path: Path, size: Any, colours: Any) -> None:
    context = browser.new_context(viewport=size, color_scheme=colours)
    page = context.new_page()
    root = "/".join(url.split("/")[:3])
    context.request.post(f"{root}/login", form={"username": person, "password": "demo"})
    page.goto(url, wait_until="networkidle")  # thumbnails, too
    page.screenshot(path=path)
    context.close()


if __name__ == "__main__":
    here = Path(__file__).parent / "_static" / "screenshots"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else here)
