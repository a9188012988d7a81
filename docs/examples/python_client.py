"""A small client of the JSON API: files, polls, walks and answers tickets. Needs ``requests``."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests


class TicketError(Exception):
    """The API refused; ``code`` is stable, ``fields`` tells what to mend."""

    def __init__(self, answer: requests.Response) -> None:
        error = answer.json()["error"]
        super().__init__(error["message"])
        self.http_status = answer.status_code
        self.code: str = error["code"]
        self.fields: dict[str, list[str]] = error.get("fields", {})
        #: The ticket's status, after a conflict.
        self.status: int | None = error.get("status")


class Tickets:
    """The API at ``address``, for whoever ``token`` belongs to."""

    def __init__(self, address: str, token: str) -> None:
        self.address = address.rstrip("/")
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"
        self._known: dict[str, tuple[str, Any]] = {}

    def open(self, subject: str, description: str, *files: Path) -> dict[str, Any]:
        """Open a ticket with files, once, however often the network makes us try."""
        urls = [self.upload(path)["url"] for path in files]
        body = {"subject": subject, "description": description, "attachmentUrls": urls}
        return self._post("/api/tickets", json=body)

    def comment(self, ticket_id: int, text: str, reply_to: int | None = None) -> dict[str, Any]:
        """Comment on a ticket, or reply to a comment."""
        body = {"ticketId": ticket_id, "text": text, "parentCommentId": reply_to}
        return self._post("/api/ticket-comments", json=body)

    def upload(self, path: Path) -> dict[str, Any]:
        """Upload a file; its ``url`` can be used once, in ``attachmentUrls``."""
        return self._post("/api/ticket-attachments", files={"file": (path.name, path.read_bytes())})

    def move(self, ticket: dict[str, Any], action: str, **assignee: Any) -> dict[str, Any]:
        """Take a step, unless the ticket changed since we read it."""
        path = f"/api/tickets/{ticket['id']}"
        tag, _ = self._known[path]
        body = {"action": action, **assignee}
        return self._data(self._send("PUT", f"{path}/status", json=body, headers={"If-Match": tag}))

    def read(self, path: str) -> Any:
        """Read an address; what has not changed since the last time costs next to nothing."""
        tag, data = self._known.get(path, ("", None))
        answer = self._send("GET", path, headers={"If-None-Match": tag} if tag else {})
        if answer.status_code != 304:
            data = self._data(answer)
            self._known[path] = answer.headers["ETag"], data
        return data

    def walk(self, path: str, name: str) -> Iterator[dict[str, Any]]:
        """Yield every row of a list, page by page; rows that are added do not disturb it."""
        cursor = ""
        while True:
            page = self._data(self._send("GET", path, params={"pageSize": 100, "cursor": cursor}))
            yield from page[name]
            if not page["hasMore"]:
                return
            cursor = page["nextCursor"]

    def _post(self, path: str, **body: Any) -> dict[str, Any]:
        key = str(uuid.uuid4())  # the same for every try
        for _ in range(5):
            try:
                answer = self._send("POST", path, headers={"Idempotency-Key": key}, **body)
            except requests.ConnectionError:
                time.sleep(1)
                continue
            if answer.status_code not in (429, 503):
                break
            time.sleep(int(answer.headers.get("Retry-After", "1")))
        made: dict[str, Any] = self._data(answer)
        return made

    def _send(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.address + path, timeout=30, **options)

    @staticmethod
    def _data(answer: requests.Response) -> Any:
        if not answer.ok:
            raise TicketError(answer)
        return answer.json()["data"]
