"""Browser windows of signed-in people. What the browser complains about fails the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from ..chromium import PATIENCE_MS

#: Reports whatever the Content Security Policy blocks; the console leaves some of it out.
_WATCH = """addEventListener("securitypolicyviolation", (event) =>
    reportViolation(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`))"""


@contextmanager
def people(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Yield ``open_as("alice", javascript=True)``, which returns a page of that user.

    CSP violations, console errors and uncaught exceptions fail the test at its end, except for
    those that contain one of ``expects``: ``open_as("alice", expects=("status of 422",))``.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_as(
        name: str, *, javascript: bool = True, expects: tuple[str, ...] = (), **options: Any
    ) -> Page:
        context = browser.new_context(
            java_script_enabled=javascript,
            base_url=address,
            **options,
        )
        contexts.append(context)
        answer = context.request.post("/login", form={"username": name, "password": "demo"})
        assert "Sign out" in answer.text(), f"{name} could not sign in"

        def complain(text: str) -> None:
            if not any(words in text for words in expects):
                complaints.append(text)

        context.expose_binding(
            "reportViolation", lambda _source, text: complain(f"violates the CSP: {text}")
        )
        context.add_init_script(_WATCH)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on(
            "console",
            lambda line: line.type == "error" and complain(f"{line.text} ({page.url})"),
        )
        page.on("pageerror", lambda error: complain(f"{error} ({page.url})"))
        return page

    try:
        yield open_as
    finally:
        for context in contexts:
            context.close()
    assert complaints == [], complaints
