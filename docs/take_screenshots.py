"""Take the screenshots of the documentation again: ``make screenshots``. Needs chromium, Pillow."""

from __future__ import annotations

import io
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Locator, Page

from example_app import create_app
from tests.browser.serving import serving
from tests.chromium import chromium

#: What a browser is opened with, by the end of a picture's name.
LOOKS: dict[str, dict[str, Any]] = {
    "": {"viewport": {"width": 1280, "height": 1040}},
    "-dark": {"viewport": {"width": 1280, "height": 1040}, "color_scheme": "dark"},
    "-phone": {"viewport": {"width": 390, "height": 844}},
    "-phone-dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}
WIDE, BOTH = ("",), ("", "-phone")
#: Enough for pages that are mostly of a few colours; pictures in them stay good to look at.
COLOURS = 128


class Shot(NamedTuple):
    """Who looks, at which page, in which looks, and what they have done there."""

    person: str
    path: str
    looks: tuple[str, ...] = tuple(LOOKS)
    prepare: Callable[[Page], Any] = lambda page: None
    options: dict[str, Any] = {}


def _send_empty(page: Page) -> None:
    page.get_by_label("Subject").fill("The lamp does not glow")
    page.get_by_role("button", name="Submit ticket").click()
    page.locator(".st-errors").wait_for()


def _move_several(page: Page) -> None:
    boxes = page.locator("tr[data-ticket-id] [type=checkbox]")
    for number in range(4):
        boxes.nth(number).check()
    page.get_by_label("Action for selected tickets").select_option("StartProgress")
    page.get_by_role("button", name="Apply to selected").click()
    page.locator(".st-results").wait_for()


def _show_keys(page: Page) -> None:
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()


def _speak_arabic(page: Page) -> None:
    page.get_by_role("button", name="العربية").click()
    page.locator(".st-root[dir=rtl]").first.wait_for()


def _open_ticket(page: Page) -> None:
    page.get_by_label("Subject").fill("The lamp does not glow")
    page.get_by_label("Description").fill("Hello,\n\nthe lamp has been dark since the update.")
    page.get_by_role("button", name="Submit ticket").click()
    page.wait_for_url(re.compile(r"/ticket/\d+"))
    _wait_for_mail(page, "opened the ticket")  # staff get theirs a little later


def _wait_for_mail(page: Page, text: str) -> Locator:
    """Open the demo's mail, and return the newest email with this text once it is there."""
    page.goto("/demo/mail")
    mail = page.locator(".mail", has_text=text).first
    for _ in range(90):
        if mail.count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    return mail


def _read_receipt(page: Page) -> None:
    _open_ticket(page)
    _wait_for_mail(page, "Thanks, we've got your ticket").get_by_role("link").click()
    page.frame_locator("iframe").get_by_role("link", name="View ticket").wait_for()


def _answer_reply(page: Page) -> None:
    """Answer the reply of staff by email, and look at the ticket as staff."""
    _open_ticket(page)
    _become(page, "mona")
    page.goto("/admin/tickets/?order=newest")
    page.get_by_role("link", name="The lamp does not glow").first.click()
    page.get_by_label("Your reply").fill("Does it glow if you press the switch twice?")
    page.get_by_role("button", name="Start and reply").click()
    page.locator(".st-comment").first.wait_for()
    ticket = page.url
    _wait_for_mail(page, "Mona Field replied").get_by_role("link").click()
    page.get_by_label("Reply as").fill("It does! Thank you.")
    page.get_by_role("button", name="Send reply").click()
    page.get_by_text("Your reply is on the ticket.").wait_for()
    page.goto(ticket)
    page.get_by_text("It does! Thank you.").wait_for()


def _become(page: Page, person: str) -> None:
    page.context.request.post("/login", form={"username": person, "password": "demo"})


SHOTS = {
    "user-list": Shot("alice", "/settings/ticket"),
    "user-new": Shot("alice", "/settings/ticket/new"),
    "user-refused": Shot("alice", "/settings/ticket/new", BOTH, _send_empty),
    "user-thread": Shot("alice", "{thread}"),
    "admin-list": Shot("mona", "/admin/tickets/?order=waiting"),
    "admin-search": Shot("mona", "/admin/tickets/?search=photo", WIDE),
    "admin-detail": Shot("mona", "{detail}"),
    "admin-keys": Shot("mona", "{detail}", WIDE, _show_keys),
    "admin-statistics": Shot("mona", "/admin/tickets/stats"),
    "admin-several": Shot("mona", "/admin/tickets/?status=New,InProgress", WIDE, _move_several),
    "admin-saved-replies": Shot("mona", "/admin/ticket-saved-replies/", BOTH),
    "user-notifications": Shot("alice", "/settings/ticket/notifications"),
    "mailbox": Shot("alice", "/settings/ticket/new", WIDE, _open_ticket),
    "mail": Shot("alice", "/settings/ticket/new", prepare=_read_receipt),
    "mail-answered": Shot("alice", "/settings/ticket/new", WIDE, _answer_reply),
    "admin-notifications": Shot("mona", "/admin/ticket-notifications/"),
    # The last one, because the demo remembers the language.
    "user-thread-arabic": Shot("alice", "{thread}", BOTH, _speak_arabic),
}


def main(folder: Path) -> None:
    """Write ``NAME.png``, ``NAME-dark.png`` and so on for every shot, and nothing else."""
    # The delivery thread may still be writing.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as instance:
        app = create_app(instance_path=instance)
        places = _interesting_tickets(app)
        for old in folder.glob("*.png"):
            old.unlink()
        theme = app.extensions["admin"][0].theme
        with serving(app) as root, chromium() as browser:
            for name, shot in SHOTS.items():
                for look in shot.looks:  # the admin site has the theme that its host chooses
                    theme.swatch = "darkly" if look.endswith("-dark") else "default"
                    picture = _take(browser, root, shot, shot.path.format(**places), LOOKS[look])
                    _save(picture, folder / f"{name}{look}.png")


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


def _take(browser: Browser, root: str, shot: Shot, path: str, look: dict[str, Any]) -> bytes:
    context = browser.new_context(base_url=root, reduced_motion="reduce", **look, **shot.options)
    page = context.new_page()
    _become(page, shot.person)
    page.goto(path, wait_until="networkidle")  # thumbnails, too
    shot.prepare(page)
    picture = page.screenshot()
    context.close()
    return picture


def _save(picture: bytes, path: Path) -> None:
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    here = Path(__file__).parent / "_static" / "screenshots"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else here)
