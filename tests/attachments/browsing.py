"""The form with files in Chromium."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page

NEW = "/settings/ticket/new"


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
