"""Clients of a running host: signed in by cookie, and free to break off in the middle."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tests.conftest import form_fields

UPLOADS = "/api/ticket-attachments"
NEW = "/settings/ticket/new"
BOUNDARY = "----boundary7f3a"
MULTIPART = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}

File = tuple[str, bytes]


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """A user of a host that runs at ``address``."""

    def __init__(self, address: tuple[str, int], username: str, *, timeout: float = 60) -> None:
        self.address = address
        self.timeout = timeout
        self.cookie = ""
        form = urllib.parse.urlencode({"username": username}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        self.send("POST", "/login", form, kind)
        self.hidden_fields()  # the first form puts its token into the session

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request on a connection of its own."""
        connection = http.client.HTTPConnection(*self.address, timeout=self.timeout)
        try:
            connection.request(method, path, body, {"Cookie": self.cookie, **(headers or {})})
            answer = connection.getresponse()
            self.cookie = answer.headers.get("Set-Cookie", self.cookie).partition(";")[0]
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, headers=headers)

    def upload(self, name: str, data: bytes) -> Answer:
        """Upload a file through the API."""
        return self.send("POST", UPLOADS, multipart({}, "file", [(name, data)]), MULTIPART)

    def file_ticket(self, *files: File, subject: str = "It does not work") -> Answer:
        """Fill in the form of the page, attach files and send it."""
        return self.send("POST", NEW, self.ticket_body(*files, subject=subject), MULTIPART)

    def ticket_body(self, *files: File, subject: str = "It does not work") -> bytes:
        """Return what a browser would send for the form of the page."""
        fields = {**self.hidden_fields(), "subject": subject, "description": "Nothing happens."}
        return multipart(fields, "attachments", files)

    def hidden_fields(self) -> dict[str, str]:
        return form_fields(self.get(NEW).text)

    def attachments_of(self, ticket_id: int) -> list[str]:
        """Return the paths of what hangs on a ticket."""
        urls: list[str] = self.get(f"/api/tickets/{ticket_id}").json["data"]["attachmentUrls"]
        return urls


def multipart(fields: Mapping[str, str], name: str, files: Sequence[File]) -> bytes:
    """Return a form with ``files`` under ``name``."""
    parts = [
        f'Content-Disposition: form-data; name="{field}"\r\n\r\n{value}'.encode()
        for field, value in fields.items()
    ]
    for filename, data in files:
        disposition = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"'
        parts.append(f"{disposition}\r\nContent-Type: text/plain\r\n\r\n".encode() + data)
    start = f"--{BOUNDARY}\r\n".encode()
    return b"".join(start + part + b"\r\n" for part in parts) + f"--{BOUNDARY}--\r\n".encode()


def ticket_id_of(answer: Answer) -> int:
    """Return the id of the ticket that a form was answered with."""
    found = re.fullmatch(r"/settings/ticket/([0-9]+)", answer.headers["Location"])
    assert found is not None, answer
    return int(found[1])


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
