"""People at their browsers: signed in, and with every complaint of the browser written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from ..chromium import PATIENCE_MS

#: Tells of whatever the Content Security Policy stops, also what the console keeps quiet about.
_WATCH = """addEventListener("securitypolicyviolation", (event) =>
    tellOfViolation(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`))"""


@contextmanager
def people(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Yield ``open_as("alice", javascript=True)``: the page of somebody who has signed in.

    Whatever the browser complains of is an error in the end: a blocked script, a lost file, an
    exception. What is expected is named: ``open_as(…, expects=("status of 422",))``. Nobody is
    signed in as ``None``.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_as(
        name: str | None, *, javascript: bool = True, expects: tuple[str, ...] = (), **options: Any
    ) -> Page:
        context = browser.new_context(
            java_script_enabled=javascript,
            base_url=address,
            storage_state=name and _signed_in(browser, address, name),
            **options,
        )
        contexts.append(context)

        def complain(text: str) -> None:
            if not any(words in text for words in expects):
                complaints.append(text)

        context.expose_binding(
            "tellOfViolation", lambda _source, text: complain(f"violates the CSP: {text}")
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
    assert complaints == []


@cache
def _signed_in(browser: Browser, address: str, name: str) -> Any:
    """Return the cookies of somebody who signs in at ``address``."""
    context = browser.new_context(base_url=address)
    answer = context.request.post("/login", form={"username": name, "password": "demo"})
    assert "Sign out" in answer.text(), f"{name} could not sign in"
    state = context.storage_state()
    context.close()
    return state
