"""Send files, with Flask's test client or a `servers.Client`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from tests.conftest import form_fields

UPLOADS = "/api/ticket-attachments"
NEW = "/settings/ticket/new"
BOUNDARY = "----boundary7f3a"
MULTIPART = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}

File = tuple[str, bytes]
NOTE: File = ("note.txt", b"0123456789 and more words")


def post_file(client: Any, name: str, data: bytes, **options: Any) -> Any:
    """Upload a file through the API and return the response."""
    body = multipart({}, "file", [(name, data)])
    return client.post(UPLOADS, data=body, headers=MULTIPART, **options)


def upload(client: Any, name: str = NOTE[0], data: bytes = NOTE[1], **options: Any) -> str:
    """Upload a file through the API and return its address."""
    answer = post_file(client, name, data, **options)
    assert answer.status_code == 201, answer.text
    url: str = (answer.json() if callable(answer.json) else answer.json)["data"]["url"]
    return url


def open_ticket(client: Any, *urls: str, **options: Any) -> Any:
    """Open a ticket with attachments through the API and return the response."""
    body = {"subject": "S", "description": "D", "attachmentUrls": list(urls)}
    return client.post("/api/tickets", json=body, **options)


def submit_form(client: Any, *files: File, url: str = NEW, **fields: str) -> Any:
    """Fill in a form of the pages, attach files, send it and return the response."""
    body = filled_form(client, *files, **fields)
    return client.post(url, data=body, headers=MULTIPART)


def filled_form(client: Any, *files: File, **fields: str) -> bytes:
    """Return what a browser sends for a form of the pages."""
    typed = {"subject": "My subject", "description": "My own words", "text": "My own words"}
    hidden = form_fields(client.get(NEW).text)
    return multipart({**hidden, **typed, **fields}, "attachments", files)


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


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
