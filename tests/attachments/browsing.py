"""The example app in Chromium: a site that runs, and people who have signed in."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from example_app import create_app

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
NEW = "/settings/ticket/new"

#: The marks of a module that needs the browser.
NEEDS_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: no browser was tried"),
]


class Quiet(WSGIRequestHandler):
    """Without a log, and with the answers of HTTP/1.1, which end where they say."""

    protocol_version = "HTTP/1.1"

    def log(self, *args: Any) -> None:
        """Say nothing."""


def make_site(folder: Path, **config: Any) -> Flask:
    """Return the example app with its accounts and nothing else, in ``folder``."""
    return create_app(
        {
            "TESTING": True,
            "SECRET_KEY": "only for tests",
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'site.db'}",
            "SUPPORT_TICKETS_STORAGE": f"file://{folder / 'files'}",
            **config,
        },
        instance_path=folder,
    )


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve ``app`` and yield its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield the browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def people(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Yield ``open_as("alice", javascript=True)``: the page of somebody who has signed in.

    Whatever the console complains of is an error in the end: a blocked script, a lost file. What
    is expected is named: ``open_as(…, expects=("status of 422",))``.
    """
    contexts, complaints = [], []

    def open_as(
        name: str, *, javascript: bool = True, expects: tuple[str, ...] = (), **options: Any
    ) -> Page:
        context = browser.new_context(
            java_script_enabled=javascript,
            base_url=address,
            storage_state=_signed_in(browser, address, name),
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)

        def complain(line: Any) -> None:
            if line.type == "error" and not any(words in line.text for words in expects):
                complaints.append(line.text)

        page.on("console", complain)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    try:
        yield open_as
    finally:
        for context in contexts:
            context.close()
    assert complaints == []


@cache
def _signed_in(browser: Browser, address: str, name: str) -> Any:
    """Return the cookies of somebody who signs in at ``address``."""
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/login")
    page.fill("[name=username]", name)
    page.fill("[name=password]", "demo")
    page.locator("form[action*=login] button").first.click()
    page.wait_for_url(lambda url: "/login" not in url)
    state = context.storage_state()
    context.close()
    return state


def payload(name: str, data: bytes = b"words") -> dict[str, Any]:
    """Return a file for `Locator.set_input_files` that is on no disk."""
    return {"name": name, "mimeType": "", "buffer": data}


def input_of(page: Page) -> Locator:
    """Return the file input of the page's form."""
    return page.locator("input[type=file]").and_(page.get_by_label("Attachments"))


def file_ticket(page: Page, subject: str = "It does not work", **files: bytes) -> int:
    """Fill in the form, send it and return the ticket's number."""
    page.goto(NEW)
    page.get_by_label("Subject").fill(subject)
    page.get_by_label("Description").fill("Nothing happens.")
    page.get_by_role("button", name="Send ticket").click()
    page.wait_for_url(lambda url: url.rsplit("/", 1)[-1].isdigit())
    return int(page.url.rsplit("/", 1)[-1])
